"""Pages on paper: figures as a language writes them, the fonts, and the program that turns a sheet into a PDF."""
