"""`make screenshots`: a picture of every page, in light and dark, on a phone and at desks, for people to look at.

world.py builds a clinic, pages.py lists what is to be seen there, camera.py takes it, album.py writes the page to look
through, take.py is what runs. tests/test_screens.py holds the list to the URLs.
"""
