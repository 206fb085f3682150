"""The immutable message types of all topics: JSON, with a schema version in each message.

Unknown fields are ignored, so that an older worker reads what a newer one wrote; a missing field and a newer schema
version are errors. Times are aware datetimes in UTC; one without a time zone is an error, since its moment is unknown.
Bytes are base64.
"""

from streams.contract.lanes import Lane
from streams.contract.messages.alerts import Alert, Answer, Candidate, Deliverable, Delivery, SourceNotice, SummedAlert
from streams.contract.messages.arrivals import (
    MAX_AUTHORS,
    MAX_GIVEN,
    MAX_LABELS,
    MAX_PAGE_BYTES,
    ContentType,
    RawArticle,
    SenderFields,
)
from streams.contract.messages.articles import (
    COPIES,
    Brought,
    CleanArticle,
    CopyVerdict,
    Coverage,
    Edit,
    Entity,
    EntityType,
    FiledArticle,
    Filing,
    Kind,
    Publisher,
    Relation,
    Source,
    Stored,
    StoryCounts,
    StoryFeatures,
    TaggedArticle,
    Timestamp,
    UniqueArticle,
)
from streams.contract.messages.base import MAX_VALUE_BYTES, SCHEMA, Message, Moment, Value, clipped, digest
from streams.contract.messages.changes import Change, ChangedField
from streams.contract.messages.corrections import Forgotten, Resolution, StoryCorrection
from streams.contract.messages.keys import ApiKey, KeyUse
from streams.contract.messages.links import LinkCorrection, LinkRequest, StoryLink, StorySketch
from streams.contract.messages.receivers import NamedReceiver
from streams.contract.messages.sources import (
    HealthState,
    Hold,
    PartState,
    Polled,
    Rhythm,
    Shape,
    SourceMemory,
    SourceState,
    SourceStatus,
    Told,
    WatchedSource,
)
from streams.contract.messages.stories import (
    MOST_EVENTS,
    ArticleDetails,
    ArticleRef,
    EntityCount,
    Linked,
    Refiling,
    Story,
    StoryEvent,
    StoryUpdate,
)
from streams.contract.messages.tracks import (
    ANY,
    MOST_GROWTH,
    MOST_LISTED,
    MOST_PER_HOUR,
    Conditions,
    Digest,
    EditKind,
    Fires,
    Growth,
    Muted,
    Quiet,
    Track,
    Webhook,
    Weekday,
)
from streams.contract.messages.websub import Subscription, SubscriptionState
from streams.contract.scopes import Scope

__all__ = [
    "ANY", "COPIES", "MAX_AUTHORS", "MAX_GIVEN", "MAX_LABELS", "MAX_PAGE_BYTES", "MAX_VALUE_BYTES", "MOST_EVENTS",
    "MOST_GROWTH", "MOST_LISTED", "MOST_PER_HOUR", "SCHEMA", "Alert", "Answer", "ApiKey", "ArticleDetails",
    "ArticleRef", "Brought", "Candidate", "Change", "ChangedField", "CleanArticle", "Conditions", "ContentType",
    "CopyVerdict", "Coverage", "Deliverable", "Delivery", "Digest", "Edit", "EditKind", "Entity", "EntityCount",
    "EntityType", "FiledArticle", "Filing", "Fires", "Forgotten", "Growth", "HealthState", "Hold", "KeyUse", "Kind",
    "Lane", "LinkCorrection", "LinkRequest", "Linked", "Message", "Moment", "Muted", "NamedReceiver", "PartState",
    "Polled", "Publisher", "Quiet", "RawArticle", "Refiling", "Relation", "Resolution", "Rhythm", "Scope",
    "SenderFields", "Shape", "Source", "SourceMemory", "SourceNotice", "SourceState", "SourceStatus", "Stored", "Story",
    "StoryCorrection", "StoryCounts", "StoryEvent", "StoryFeatures", "StoryLink", "StorySketch", "StoryUpdate",
    "Subscription", "SubscriptionState", "SummedAlert", "TaggedArticle", "Timestamp", "Told", "Track", "UniqueArticle",
    "Value", "WatchedSource", "Webhook", "Weekday", "clipped", "digest",
]  # fmt: skip
