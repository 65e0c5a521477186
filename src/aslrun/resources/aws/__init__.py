"""Real AWS services behind tasks, by boto3: the SDK integrations, the optimized ones, HTTP tasks and objects in S3.

``services`` puts them together; ``aslrun.aws`` is the name under which applications import them.
"""
