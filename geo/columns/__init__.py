"""The points of a layer as columns in memory: a cache of the database, never more.

`table` is what the columns are, `build` reads them from the database, `files` keeps them on disk
for all workers, `overlay` adds what changed since, `keeper` says which state is at hand. `masks`,
`sums` and `tile` answer from them what SQL answers from PostGIS, to the unit.
"""
