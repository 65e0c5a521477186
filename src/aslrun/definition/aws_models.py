"""The services of AWS and their operations, read from the data files of botocore where it is installed.

botocore itself is not imported: its import takes longer than all other checks of a definition together, and the
models are plain files (``data/<service>/<API version>/service-2.json``, compressed or not).

Rules that a change must keep:

1. Without botocore, or with one that is laid out otherwise, the answers are empty: who asks then says nothing.
2. A service is looked up by the name that Step Functions has for it, which is that of the AWS SDK for Java.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec

# Where a folder of botocore has another name than the service of Step Functions, dashes apart. Both forms of a name
# that ends with "service" are let pass: the SDK for Java drops that word.
FOLDERS: Mapping[str, str] = {
    "costexplorer": "ce",
    "cognitoidentityprovider": "cognito-idp",
    "costandusagereport": "cur",
    "applicationdiscovery": "discovery",
    "databasemigration": "dms",
    "directory": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexruntime": "lex-runtime",
    "lexmodelsv2": "lexv2-models",
    "lexruntimev2": "lexv2-runtime",
    "cloudwatchlogs": "logs",
    "marketplaceentitlement": "marketplace-entitlement",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "simpledb": "sdb",
    "serverlessapplicationrepository": "serverlessrepo",
    "pinpointsmsvoice": "sms-voice",
    "sfn": "stepfunctions",
}

_MODELS = ("service-2.json.gz", "service-2.json")


@cache
def services() -> Mapping[str, str]:
    """The folder of each service's models; empty without botocore."""
    data = _data()
    folders = sorted(os.listdir(data)) if data else []
    named = {folder.replace("-", ""): folder for folder in folders if os.path.isdir(os.path.join(data, folder))}
    legacy = {name: folder for name, folder in FOLDERS.items() if folder in folders}
    with_service = {f"{name}service": folder for name, folder in (named | legacy).items()}
    return with_service | named | legacy if named else {}


@cache
def operations(service: str) -> Mapping[str, str]:
    """The actions of a service as Step Functions writes them, by their name in small letters."""
    folder = os.path.join(_data(), services()[service])
    names: dict[str, str] = {}
    for version in sorted(os.listdir(folder)):
        names |= {name.lower(): name[0].lower() + name[1:] for name in _operations(os.path.join(folder, version))}
    return names


def _operations(folder: str) -> list[str]:
    for name in _MODELS:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            try:
                with gzip.open(path) if name.endswith(".gz") else open(path, "rb") as file:
                    return list(json.load(file)["operations"])
            except (OSError, EOFError, ValueError, LookupError, TypeError):
                return []  # no model that we can read
    return []


@cache
def _data() -> str:
    """The folder with botocore's models, or nothing."""
    try:
        spec = find_spec("botocore")
    except (ImportError, ValueError):  # a stand-in for botocore, in tests of other people
        return ""
    folder = os.path.join(os.path.dirname(spec.origin), "data") if spec and spec.origin else ""
    return folder if os.path.isdir(folder) else ""
