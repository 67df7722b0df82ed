"""Two rows, one incident: find rows of different collections that tell of the same event.

`incident` is what of a row is compared, `parties` who took part, `score` how well two rows fit and
why, `words` says it to people. `candidates` has the SQL of pairs that are worth a look. `tables`
and `links` keep what was proposed and decided, `pairs` reads it, `overlap` counts once what is in
several collections.
"""
