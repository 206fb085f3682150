"""`init` may run at any time, reports what it did, and makes an index with a guessed mapping impossible."""

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from connectors.elastic.admin.install import detect_capabilities, install, installed
from connectors.elastic.admin.templates import Capabilities, templates
from connectors.elastic.fields import properties
from connectors.elastic.names import Family
from connectors.elastic.write.documents import article_document
from streams.contract.errors import FatalError, UsageError
from streams.runtime.settings import Settings
from tests.connectors.elastic import samples
from tests.connectors.elastic.conftest import write


def things(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith("note:")]


def test_the_first_run_creates_and_the_second_changes_nothing(client: Elasticsearch, settings: Settings) -> None:
    assert not installed(client, settings.index_prefix)
    first = things(install(client, settings))
    assert installed(client, settings.index_prefix)
    second = things(install(client, settings))
    assert {line.split()[0] for line in first} == {"created"}
    assert [line.replace("unchanged", "created") for line in second] == first


def test_a_template_changed_by_hand_is_mended(client: Elasticsearch, settings: Settings) -> None:
    install(client, settings)
    name = f"{settings.index_prefix}articles"
    client.indices.put_index_template(name=name, index_patterns=[f"{name}-v1-*"], priority=500)
    assert not installed(client, settings.index_prefix)
    assert f"updated index template {name}" in install(client, settings)
    assert installed(client, settings.index_prefix)


def test_an_operators_own_settings_win_and_stay(client: Elasticsearch, settings: Settings) -> None:
    name = f"{settings.index_prefix}articles"
    install(client, settings)
    client.cluster.put_component_template(
        name=f"{name}@custom", template={"settings": {"index": {"number_of_shards": 2}}}
    )
    install(client, settings)
    write(settings, article_document(samples.filed()))
    made = client.indices.get_settings(index=f"{name}-v1-2031.05")[f"{name}-v1-2031.05"]["settings"]["index"]
    assert made["number_of_shards"] == "2"
    assert "storywatch_folded" in made["analysis"]["analyzer"]


def test_a_monthly_index_has_the_template_and_the_alias(client: Elasticsearch, settings: Settings) -> None:
    install(client, settings)
    write(settings, article_document(samples.filed()))
    index = f"{settings.index_prefix}articles-v1-2031.05"
    assert client.indices.get_mapping(index=index)[index]["mappings"]["dynamic"] == "strict"
    assert [*client.indices.get_alias(name=f"{settings.index_prefix}articles")] == [index]


def test_before_init_nothing_can_be_written_and_no_index_appears(client: Elasticsearch, settings: Settings) -> None:
    with pytest.raises(FatalError, match="Run `storywatch init`"):
        write(settings, article_document(samples.filed()))
    assert not client.indices.get(index=f"{settings.index_prefix}*").body


def test_another_index_with_our_name_takes_no_document(client: Elasticsearch, settings: Settings) -> None:
    install(client, settings)
    with pytest.raises(BadRequestError, match="strict"):
        client.index(index=f"{settings.index_prefix}articles-of-somebody", document={"title": "x"})


def test_an_index_with_another_type_stops_the_installation(client: Elasticsearch, settings: Settings) -> None:
    index = f"{settings.index_prefix}articles-v1-2031.05"
    client.indices.create(
        index=index,
        mappings={"dynamic": "strict", "properties": {"article": {"properties": {"title": {"type": "keyword"}}}}},
    )
    with pytest.raises(UsageError, match=rf"index {index} does not fit: field article\.title is keyword, not text"):
        install(client, settings)
    assert not installed(client, settings.index_prefix)
    with pytest.raises(FatalError, match=r"article\.title is keyword"):
        write(settings, article_document(samples.filed()))


def test_an_index_that_was_made_by_a_document_is_named(client: Elasticsearch, settings: Settings) -> None:
    index = f"{settings.index_prefix}stories-v1"
    client.index(index=index, document={"story": {"id": "x"}})
    with pytest.raises(UsageError, match=rf"index {index} does not fit: it is not strict"):
        install(client, settings)


def test_an_index_in_the_place_of_the_alias_is_named(client: Elasticsearch, settings: Settings) -> None:
    client.indices.create(index=f"{settings.index_prefix}alerts")
    with pytest.raises(UsageError, match=r"alerts has the name of a read alias"):
        install(client, settings)


def test_new_fields_reach_the_indices_that_exist(client: Elasticsearch, settings: Settings) -> None:
    """As after an upgrade: the old index lacks a field, the writer refuses it, `init` mends it."""
    index = f"{settings.index_prefix}articles-v1-2031.05"
    install(client, settings)
    old = {name: field for name, field in properties(Family.ARTICLES).items() if name != "publisher"}
    client.indices.create(index=f"{settings.index_prefix}articles-v1-2031.04")
    client.indices.delete_index_template(name=f"{settings.index_prefix}articles")
    client.indices.delete_index_template(name=f"{settings.index_prefix}guard")
    analysis = client.indices.get_settings(index=f"{settings.index_prefix}articles-v1-2031.04")
    analysis = analysis[f"{settings.index_prefix}articles-v1-2031.04"]["settings"]["index"]["analysis"]
    client.indices.create(
        index=index, settings={"analysis": analysis}, mappings={"dynamic": "strict", "properties": old}
    )
    with pytest.raises(FatalError, match=r"field publisher\.\w+ is missing"):
        write(settings, article_document(samples.filed()))
    assert any(line.startswith(f"updated index {index}: ") for line in install(client, settings))
    write(settings, article_document(samples.filed()))


def test_what_the_server_lacks_is_left_out() -> None:
    plain = templates("x-", Capabilities(folding=False, lifecycle=False))
    full = templates("x-", Capabilities(folding=True, lifecycle=True))
    assert {one.name for one in full} - {one.name for one in plain} == {"x-lifecycle"}
    assert "asciifolding" not in str(plain)
    parts = {one.name: one.body["composed_of"] for one in full if one.kind == "index" and "composed_of" in one.body}
    assert {name: "x-lifecycle" in components for name, components in parts.items()} == {
        "x-articles": True,
        "x-stories": False,  # one index for ever
        "x-alerts": True,
        "x-deadletters": False,
        "x-audit": False,
        "x-links": False,
        "x-notices": True,
    }


def test_what_the_server_lacks_is_said(client: Elasticsearch, settings: Settings) -> None:
    found, lines = detect_capabilities(client), install(client, settings)
    assert found.folding == ("asciifolding" not in "".join(lines))
    assert found.lifecycle == ("lifecycle management" not in "".join(lines))
