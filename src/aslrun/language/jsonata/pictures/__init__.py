"""Numbers and dates by picture: the formats of XPath that ``$formatNumber``, ``$fromMillis`` and kin use."""
