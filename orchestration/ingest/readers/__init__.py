"""One file per format. A reader turns prepared bytes into SQL over what was received, and knows no rule."""
