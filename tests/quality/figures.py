"""The figures of the gate: their names, tasks and meanings; the values and cases that a task hands back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from streams.entities.crf.languages import LANGUAGES, NEUTRAL

WORST = 20  # cases that a report shows of each figure: as many as a person reads


class Meaning(NamedTuple):
    task: str
    says: str
    lower_is_better: bool = False


FIGURES: dict[str, Meaning] = {
    "body_zyte_f1": Meaning("cleaning", "bodies of pages, 4-word shingle F1 of the extraction benchmark"),
    "body_fundus_f1": Meaning("cleaning", "bodies of pages in many languages, mean token F1"),
    "cleaning_lost": Meaning("cleaning", "pages whose body keeps under half of the gold's words", lower_is_better=True),
    "body_zyte_gain": Meaning("cleaning", "token F1 above that of trafilatura alone"),
    "body_fundus_gain": Meaning("cleaning", "the same on pages in many languages"),
    "body_disguised_f1": Meaning("cleaning", "bodies of the same pages in other markup, mean token F1"),
    "body_text_zyte_f1": Meaning("cleaning", "bodies of pages that came as text, shingle F1, mean of two converters"),
    "title_exact": Meaning("cleaning", "titles that are right to the letter"),
    "title_text_exact": Meaning("cleaning", "the same of pages that came as text, mean of two converters"),
    "date_within_1d": Meaning("cleaning", "dates of publication that are at most a day off"),
    "date_wrong": Meaning("cleaning", "dates that were given and are more than a day off", lower_is_better=True),
    "authors_f1": Meaning("cleaning", "authors as sets, mean F1"),
    "language_accuracy": Meaning("cleaning", "languages of bodies that are right"),
    "publisher_ok": Meaning("cleaning", "publishers named as the gold or the page itself names them"),
    "country_ok": Meaning("cleaning", "countries of publishers that are right"),
    "cleaning_crashes": Meaning(
        "cleaning", "pages, as HTML and as text, that ended in an error nobody foresaw", lower_is_better=True
    ),
    "samples_fields_ok": Meaning("cleaning", "fields of the five sample pages that are right"),
    "copies_recall_50": Meaning("copies", "articles with an earlier one of Jaccard .5 that were called copies"),
    "copies_recall_70": Meaning("copies", "the same at .7"),
    "copies_recall_90": Meaning("copies", "the same at .9"),
    "copies_precision_50": Meaning("copies", "articles called copies at .5 or more that have such an earlier article"),
    "copies_precision_70": Meaning("copies", "the same at .7"),
    "copies_precision_90": Meaning("copies", "the same at .9"),
    "entities_strict_f1": Meaning("entities", "English spans with type, micro F1, cross-validated by publisher"),
    "entities_distinct_f1": Meaning("entities", "different names with type of each article, the same way"),
    "entities_titlecase_f1": Meaning("entities", "English spans with type in first sentences written in Title Case"),
    "entities_capitals_f1": Meaning("entities", "the same in capitals"),
    **{
        f"entities_{code}_strict_f1": Meaning("entities", f"spans with type in {code}, cross-validated by document")
        for code in sorted(LANGUAGES)
        if code != "en"
    },
    "entities_mean_strict_f1": Meaning("entities", "mean of the languages besides English"),
    "entities_neutral_strict_f1": Meaning("entities", "mean over languages left out of the neutral weights"),
    **{
        f"entities_neutral_{code}_strict_f1": Meaning("entities", f"spans with type in {code}, by weights of others")
        for code in NEUTRAL.start
    },
    "ecbplus_bcubed_f1": Meaning("stories", "similar events, undated: B-cubed F1, mean of seeded orders"),
    "ecbplus_merged": Meaning("stories", "pairs of similar events that ended in one story", lower_is_better=True),
    "ecbplus_arrival_bcubed_f1": Meaning("stories", "the same by the story at arrival, before second thoughts"),
    "ecbplus_bcubed_f1_cv": Meaning("stories", "ecbplus_bcubed_f1 of the topics that no rule was tuned on"),
    "ecbplus_merged_cv": Meaning("stories", "ecbplus_merged of the topics that no rule was tuned on", True),
    "stories_relabelled": Meaning("stories", "articles that second thoughts gave another story", lower_is_better=True),
    "stories_largest": Meaning("stories", "articles of the largest story of similar events", lower_is_better=True),
    "pair_calibration": Meaning(
        "stories", "largest gap between said and true probability of a pair, in 5 bins", lower_is_better=True
    ),
    "basil_bcubed_f1": Meaning("stories", "dated events in order: B-cubed F1"),
    "uci_bcubed_f1": Meaning("stories", "headlines in order: B-cubed F1"),
    "alert_precision": Meaning("stories", "alerts for new sources of a followed story that were due"),
    "alert_recall": Meaning("stories", "alerts that were due and came"),
    "unrelated_joined": Meaning(
        "stories", "texts and headlines of a story in which nothing is related", lower_is_better=True
    ),
    "alerts_gold_precision": Meaning("alerts", "alerts of a running system that were due, with the gold's stories"),
    "alerts_gold_recall": Meaning("alerts", "alerts that were due and were received, with the gold's stories"),
    "alerts_pipeline_precision": Meaning("alerts", "as alert_precision, of a running system"),
    "alerts_pipeline_recall": Meaning("alerts", "as alert_recall, of a running system"),
    "alerts_doubled": Meaning("alerts", "alerts that were received more than once", lower_is_better=True),
    **{
        name: meaning
        for code, language in {"pt": "Portuguese", "vi": "Vietnamese"}.items()
        for name, meaning in {
            f"stories_{code}_bcubed_f1": Meaning(
                "languages", f"{language} reports, undated: B-cubed F1, mean of seeded orders"
            ),
            f"stories_{code}_merged": Meaning(
                "languages", f"{language} events that are in one story with another event", lower_is_better=True
            ),
        }.items()
    },
    **{
        name: meaning
        for code in ("ru", "en", "de", "es", "tr", "pl", "ar")
        for name, meaning in {
            f"pairs_{code}_auc": Meaning("languages", f"pairs of reports in {code} by probability, AUC"),
            f"pairs_{code}_f1": Meaning("languages", f"pairs of reports in {code}, filed into one story or two, F1"),
        }.items()
    },
    "links_recall": Meaning("links", "invented events in two languages that are linked; 0 with a wrong link"),
    "links_cross_precision": Meaning("links", "linked pairs of real reports in two languages that are of one event"),
    "links_cross_recall": Meaning("links", "pairs of real reports of one event in two languages that are linked"),
    "feeds_wellformed": Meaning("feeds", "feedparser's well-formed test feeds whose entries are read as it reads them"),
    "feeds_illformed": Meaning("feeds", "the same of its ill-formed ones"),
    "corpus_body_f1": Meaning("corpus", "bodies of the corpus's pages, shingle F1 as in body_zyte_f1"),
    "corpus_title": Meaning("corpus", "titles that are right to the letter"),
    "corpus_dates": Meaning("corpus", "dates of publication that are right as precisely as the page states them"),
    "corpus_authors_f1": Meaning("corpus", "authors as sets, mean F1"),
    "corpus_languages": Meaning("corpus", "languages that are right"),
    "corpus_entities_f1": Meaning("corpus", "different names with type of each article, micro F1"),
    "corpus_stories_f1": Meaning("corpus", "articles in order of arrival: B-cubed F1"),
    "corpus_copies_f1": Meaning("corpus", "copies and updates with the text that they carry, F1"),
    "cases_joined_within": Meaning("corpus", "names in two cases that have one key in an article with both"),
    "cases_joined_across": Meaning("corpus", "the same in two articles with one of them each"),
    "cases_wrongly_joined": Meaning("corpus", "different names that have one key", lower_is_better=True),
}

TASKS = tuple(dict.fromkeys(meaning.task for meaning in FIGURES.values()))


@dataclass(frozen=True)
class Case:
    """One thing that was scored. ``difference`` is Markdown for a person: what was found and what was wanted."""

    name: str
    score: float
    difference: str


@dataclass(frozen=True)
class Figure:
    """A measured value. ``sample`` says what it was measured on; ``cases`` those that could be better."""

    name: str
    value: float
    sample: str
    cases: Sequence[Case] = ()

    def worst(self) -> list[Case]:
        """The worst first; cases without a fault are left out."""
        faulty = [case for case in self.cases if case.score < 1]
        return sorted(faulty, key=lambda case: (case.score, case.name))[:WORST]


def report(figures: Sequence[Figure]) -> str:
    """The worst cases of a task's figures as Markdown."""
    parts = []
    for figure in figures:
        worst = figure.worst()
        head = (
            f"# {figure.name} {figure.value:.4f} ({figure.sample})\n\n{FIGURES[figure.name].says}; {len(worst)} worst"
        )
        parts.append(head)
        parts += [f"## {case.name}: {case.score:.3f}\n\n{case.difference}" for case in worst]
    return "\n\n".join(parts) + "\n"
