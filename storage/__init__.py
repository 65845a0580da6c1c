"""Rows: the engine, the tables, one module of queries per noun, and the migrations.

Every query function takes the open connection first and the brand's id second; none reads a brand's rows without it.
Functions here never commit: the service that owns the use case opens the transaction with `Database.write` or
`Database.write_brand`.
"""
