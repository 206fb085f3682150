"""The public API: what packages that extend Storywatch may import. docs/extending.md says what is stable.

Everything else in `streams` and `connectors` may change in any release.
"""

from streams.contract.codec import decode, encode
from streams.contract.errors import (
    FatalError,
    Rejected,
    SetAside,
    StorywatchError,
    TooLarge,
    Unavailable,
    Undecodable,
    UsageError,
)
from streams.contract.messages import (
    Alert,
    Candidate,
    CleanArticle,
    ContentType,
    Entity,
    EntityType,
    FiledArticle,
    Lane,
    Message,
    RawArticle,
    SenderFields,
    Story,
    StoryUpdate,
    TaggedArticle,
    Track,
    UniqueArticle,
    Value,
    Webhook,
)
from streams.contract.plugins import Channel, Judgement, Note, Notification, Reply, Sending, ServiceChannel, Source
from streams.contract.stage import Effects, Outgoing, RecordContext, bulk_stage, ordered_stage, windowed_stage
from streams.contract.topics import Topic
from streams.entities.spans import Span, Tagger

__all__ = [
    "Alert",
    "Candidate",
    "Channel",
    "CleanArticle",
    "ContentType",
    "Effects",
    "Entity",
    "EntityType",
    "FatalError",
    "FiledArticle",
    "Judgement",
    "Lane",
    "Message",
    "Note",
    "Notification",
    "Outgoing",
    "RawArticle",
    "RecordContext",
    "Rejected",
    "Reply",
    "SenderFields",
    "Sending",
    "ServiceChannel",
    "SetAside",
    "Source",
    "Span",
    "Story",
    "StoryUpdate",
    "StorywatchError",
    "TaggedArticle",
    "Tagger",
    "TooLarge",
    "Topic",
    "Track",
    "Unavailable",
    "Undecodable",
    "UniqueArticle",
    "UsageError",
    "Value",
    "Webhook",
    "bulk_stage",
    "decode",
    "encode",
    "ordered_stage",
    "windowed_stage",
]
