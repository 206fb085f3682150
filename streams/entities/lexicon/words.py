"""Word lists of the English layers, folded by `canonical.fold`. They describe the language, not any corpus."""

from typing import Final

from streams.entities.canonical import listed

TITLE_HEADS: Final = listed(
    """mr mrs ms miss dr prof professor sir dame lord lady president premier chancellor minister secretary senator
    sen congressman congresswoman rep representative governor gov mayor ambassador envoy commissioner director
    chairman chairwoman chairperson chair ceo general gen colonel col major maj captain capt lieutenant lt sergeant
    sgt corporal admiral adm commander marshal brigadier officer detective inspector superintendent sheriff judge
    justice attorney prosecutor magistrate king queen prince princess duke duchess emperor sultan emir sheikh shaikh
    sheik ayatollah imam mullah maulana pope cardinal archbishop bishop reverend rev father sister brother pastor
    rabbi deacon datuk dato tan tun haji hajji shri smt comrade coach striker midfielder goalkeeper defender
    spokesman spokeswoman spokesperson leader chief editor activist actor actress singer author writer lawyer
    economist analyst historian researcher deputy engineer doctor nurse mp speaker treasurer lawmaker councillor
    councilor founder manager advocate barrister chargé imamzada sardar nawab raja"""
)
TITLE_MODIFIERS: Final = listed(
    """vice prime foreign deputy interim former acting defence defense interior finance health home state attorney
    associate assistant chief executive managing supreme crown first lieutenant major brigadier rear field police
    outgoing incoming current late then ex caretaker senior junior co founding security national education trade
    energy justice general of the for affairs and external honourable honorable right"""
)
ORG_LAST: Final = listed(
    """ministry department bank university council party association commission committee agency corporation corp
    inc ltd llc plc gmbh group company co court army navy union federation institute college school foundation
    organization organisation authority office bureau parliament congress senate assembly club fc cf afc times post
    herald tribune gazette network society front movement alliance league fund board airlines airways motors holdings
    technologies industries partners ventures bancorp laboratory laboratories academy tribunal cabinet secretariat
    police force forces command guard brigade regiment newspaper magazine broadcasting channel radio television
    confederation consortium coalition taskforce directorate administration center centre ministries limited bhd sdn
    entertainment studios records orchestra trust initiative syndicate chamber"""
)
ORG_FIRST: Final = listed("ministry department university bank office bureau institute association federation union")
PLACE_LAST: Final = listed(
    """river lake sea ocean mountains mountain island islands bay gulf valley strait peninsula province district
    county region street avenue road airport bridge desert coast village park square beach canal territory
    territories highlands plateau basin creek hills forest reef falls peninsular oblast prefecture governorate
    highway boulevard town township municipality suburb"""
)
PLACE_FIRST: Final = listed("mount lake port gulf strait cape fort river isle bay")

GROUPS: Final = listed(
    """afghan albanian algerian american andorran angolan antiguan argentine argentinian argentinean armenian
    australian austrian azerbaijani azeri bahamian bahraini bangladeshi barbadian basotho belarusian belgian belizean
    beninese bhutanese bolivian bosnian botswanan brazilian british briton bruneian bulgarian burkinabe burmese
    burundian cambodian cameroonian canadian chadian chilean chinese colombian comorian congolese croatian croat
    cuban cypriot czech danish dane djiboutian dominican dutch ecuadorian ecuadorean egyptian emirati english
    equatoguinean eritrean estonian ethiopian fijian finn finnish filipino filipina french gabonese gambian georgian
    german ghanaian greek grenadian guatemalan guinean guyanese haitian honduran hungarian icelandic indian
    indonesian iranian iraqi irish israeli italian ivorian jamaican japanese jordanian kazakh kazakhstani kenyan
    kuwaiti kyrgyz laotian latvian lebanese liberian libyan lithuanian macedonian malagasy malawian malaysian
    maldivian malian maltese mauritanian mauritian mexican micronesian moldovan mongolian montenegrin moroccan
    mozambican namibian nepali nepalese nicaraguan nigerian nigerien norwegian omani pakistani palauan palestinian
    panamanian paraguayan peruvian polish pole portuguese qatari romanian russian rwandan salvadoran salvadorean
    samoan saudi scot scottish senegalese serb serbian seychellois singaporean slovak slovakian slovene slovenian
    somali spaniard spanish sudanese surinamese swazi swede swedish swiss syrian taiwanese tajik tanzanian thai
    tibetan togolese tongan trinidadian tunisian turk turkish turkmen ugandan ukrainian uruguayan uzbek
    uzbekistani vanuatuan venezuelan vietnamese welsh yemeni zambian zimbabwean zanzibari greenlandic catalan
    basque corsican sicilian sardinian bavarian texan californian hawaiian tasmanian londoner parisian
    hongkonger chechen dagestani crimean
    african asian european arab arabic arabian latino latina hispanic scandinavian nordic slavic caucasian persian
    kurd kurdish berber amazigh bedouin druze tamil sinhalese uyghur uighur han rohingya pashtun hazara punjabi
    bengali gujarati marathi kashmiri sindhi baloch balochi hausa yoruba igbo fulani zulu xhosa tutsi hutu oromo
    amhara tigrayan maasai kikuyu luo ashanti inuit metis maori aboriginal cherokee navajo sioux mapuche quechua
    aymara maya mayan dalit brahmin roma romani sami tatar afrikaner anglo creole malay javanese
    muslim islamic islamist christian jew jewish hindu buddhist sikh jain catholic protestant anglican orthodox
    lutheran methodist presbyterian evangelical baptist mormon sunni shia shiite shi'ite sufi salafi alawite coptic
    copt maronite yazidi zoroastrian bahai baha'i quaker zionist taoist confucian
    republican democrat tory nazi communist marxist maoist leninist peronist chavista sandinista kemalist
    gaullist trotskyist fascist westerner southerner northerner"""
)
UNPLURALED: Final = ("ese", "ish", "ch", "ss", "sh")  # "the French", "the Swiss": without a plural in s
GROUP_PAIRS: Final = listed(
    "south korean|north korean|south african|saudi arabian|sri lankan|new zealander|costa rican|puerto rican|"
    "latin american|south sudanese|hong konger|east timorese|papua new guinean|sierra leonean|cape verdean|"
    "african american|asian american|native american|first nations|torres strait islander|south asian|"
    "southeast asian|east asian|central american|south american|north american|west african|east african|"
    "northern irish",
    separator="|",
)
NOT_NAMES: Final = listed(
    """monday tuesday wednesday thursday friday saturday sunday january february march april june july august
    september october november december covid coronavirus gdp ceo cfo coo tv ai dna rna hiv aids internet
    ramadan christmas easter eid ebola tb fir mr mrs ms dr god allah web wifi wi-fi pm am mp mps phd vat gmt utc
    diwali hanukkah sos ngo ngos suv usd eur gbp faq pdf it ict id atm sms gps led lgbt lgbtq chapter article section
    euro euros dollar dollars rupee rupees yuan yen naira peso pesos rand shilling shillings constitution indigenous
    kingdom
    republic government opposition nft mou cm sc
    earth state bitcoin"""
)
SMALL: Final = listed("a an and at by for from in of on or the to with de du des la le les del y und et")
NOT_PLACES: Final = listed(
    "central northern southern eastern western north south east west capital centre center union"
)
