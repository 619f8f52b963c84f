"""The report of the study: `python -m locustfiles.report`. No figure and no verdict is written by hand."""
