"""Export, policies, deployment: what leaves the house for AWS."""
