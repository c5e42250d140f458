"""What pages look like, held against what they looked like when somebody last looked: ``python -m tools.visual``.

looks      which pages, in which languages, widths and colours
site       the pages themselves, on data and a clock that stand still
camera     a browser that takes their pictures
faults     what no page may do in any of them: scroll sideways, cut text off, print texts over one another
compare    two pictures, as an eye compares them
baselines  the pictures that were approved
report     what differs, to be looked at
"""
