"""The words for instruments in the languages that tabs are written in, as patterns for whole words in any case."""

from __future__ import annotations

BASS = (
    r"(?:e-?|double |contra|kontra)?bass(?:es|gitarren?|gitaar|gitarr|line|lines|o|i|isti|parts?)?"
    r"|b(?:a|á)sszus(?:gitár)?|basse|contrabasse|bajos?|l[íi]nea de bajo|baixos?|contrabaixo"
    r"|basg(?:itar|itara|itaar|uitar)|basov[áý]|basówka"
    r"|bas(?:ov[áaý]|owa)?[ -](?:gitar[ayę]?|kytar[ay]|gitaar|linia|linja)"
    r"|басс?|бас(?:ы|а|овая|ист)|бас-?гитара?|контрабас|ベース|低音吉他|贝斯|貝斯|베이스"
)
GUITAR = (
    r"guitars?|gtrs?|gits?|guit|guitarras?|guitares?|chitarr[ae]|gitarren?|gitarr(?:er)?|gitar(?:a|y|ę)?|gitaar"
    r"|gitaren|kytar[ay]|viola[oõ]|violão|violões|гитар[аы]|соло-гитара|ギター|吉他|기타|lead|rhythm gtr|acoustic"
)
DRUMS = (
    r"drums?|drum ?tabs?|drumset|percussion|snare|hi-?hats?|cymbals?|bater[ií]as?|batterie|schlagzeug|batteria"
    r"|perkusja|bicí|slagwerk|trommel|trummor|барабаны?|ударн[ыа][ея]|ドラム|鼓|드럼|kick"
)
#: Instruments that have four strings, and more, by the name that messages give them.
FOURS = {
    "mandolin": r"mandolins?|mandolina|mandoline|mandolino|bandolim|мандолина|マンドリン|mando",
    "ukulele": r"ukuleles?|ukes?|ukelele|укулеле|ウクレレ",
    "banjo": r"banjos?|банджо|バンジョー",
    "violin": r"violins?|viol[ií]n|violon|violino|violine|geige|fiddles?|скрипка|バイオリン",
    "viola": r"violas?|bratsche|alto viola",
    "cello": r"cellos?|violoncello|violoncelle|виолончель",
    "bouzouki": r"bouzouki|buzuki",
    "tenor guitar": r"tenor guitars?",
}
#: What any word of `FOURS` begins with or holds, in small letters.
FOUR_BEGINNINGS = (
    *("mando", "bandolim", "ukul", "ukel", "uke", "banjo", "viol", "geige", "fiddle", "bratsche", "cello"),
    *("bouzouki", "buzuki", "tenor guitar", "мандол", "укул", "банджо", "скрипк", "виолонч"),
    *("マンドリン", "ウクレレ", "バンジョー", "バイオリン"),
)
OTHER = (
    r"piano|keys|keyboards?|synths?|organ|vocals?|voice|strings|horns?|sax(?:ophone)?|trumpet|flute|harp|harmonica"
    r"|lyrics|teclado|klavier|клавишные|вокал|ピアノ"
)
#: Words with an instrument's name in them that name none.
NONE = r"bass (?:drum|note|clef|string|chord)s?|(?:drum|organ|piano|synth) bass"
