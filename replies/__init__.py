"""Filters on a reply's way to the customer. Each gives the same result for every split of the stream."""
