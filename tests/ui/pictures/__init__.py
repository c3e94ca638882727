"""Pictures of every page, kept under resources/pictures/pages and compared by `test_pictures`.

`python -m tests.ui.pictures` makes them anew; look at each before it is committed.
"""
