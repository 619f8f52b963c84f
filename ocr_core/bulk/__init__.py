"""Archives of pictures of any size -> tables or files of text, on one machine or on a Ray cluster.

    source --inputs in a fixed order--> bulk_job --batches--> local_pool | ray_tasks --outcomes--> target

Every input has a place in the order of its source, and each shard of the target holds the outcomes of a fixed range
of that order. So the same source gives the same files, whatever read it and however often it was broken off.
"""
