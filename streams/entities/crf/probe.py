"""A text in which every kind of feature occurs: its digest changes when features change that weights need."""

import hashlib

import numpy as np

from streams.entities.crf.analysis import Analyser
from streams.entities.crf.features.words import feature_numbers

TEXT = """\
Mayor Ilse Brandt-Okoye (61) of Port Harbour told "The Northgate Gazette" on 5 May 2031: “We'll rebuild.”
The N.G.O. Harbour Relief Fund, HRF, and Brandt said the U.S. and Kenyan teams left Nairobi; Ms. Okoye said so, too.
In der Stadt Musterhafen sprach Bürgermeisterin Ana Müller von der Hafengesellschaft mit L'Écho d'Exemple.
Мэр города Примерск Анна Петрова рассказала об этом в Москве. Ağrı’da Ayşe Yılmaz. Łódź, Zażółć; São João, Đurđa.
قالت رئيسة البلدية في مدينة القاهرة إن العمل انتهى. महापौर ने दिल्ली में कहा।
市長は東京で記者会見を開き、港湾会社の田中さんが出席した。市长昨天在北京表示,港口公司已完工。
시장은 서울에서 항만공사의 김민수 씨와 만났다.

PORT HARBOUR REOPENS AS BRANDT RETURNS
"""


def digest(analyser: Analyser) -> str:
    """The digest of the features of `TEXT`."""
    analysis = analyser.analyse(TEXT)
    whole = hashlib.sha256(analysis.numbers.tobytes())
    if analysis.words:
        for part in feature_numbers(analysis.words):
            whole.update(part.tobytes())
    labels = np.arange(len(analysis.tokens)) % 7
    whole.update(analysis.second_pass(labels).tobytes())
    return whole.hexdigest()[:16]
