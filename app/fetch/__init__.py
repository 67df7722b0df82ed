"""Records fetched from the services that publish them: ACLED, UCDP and HDX HAPI.

`question` says what is asked for, `acled`, `ucdp` and `hapi` how each service is asked, `service`
asks one address until it answers, `hosts` says which addresses may be asked at all, `pace` how long
to wait, and `spool` keeps what came until all of it is there: a download that breaks off never
becomes half an import.

It is here and not in `geo`, which knows no HTTP.
"""
