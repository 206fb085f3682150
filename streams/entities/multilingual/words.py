"""Word lists of the rules for languages without a model, folded. They describe the languages, not any corpus."""

import re
from typing import Final

from streams.entities.canonical import listed

PARTICLES: Final = listed("de del la las los el al van von da do dos das di du le bin ibn ter ten af av")
AFTER_VON: Final = listed("der den dem")  # "von der", but not "Vertreter der"
SAINTS: Final = listed("san santa santo sao sankt saint sainte st ste porto puerto port villa bad")
TITLES: Final = listed(
    """prasident prasidentin bundesprasident bundesprasidentin bundeskanzler bundeskanzlerin kanzler kanzlerin
    minister ministerin aussenminister aussenministerin innenminister innenministerin finanzminister
    finanzministerin verteidigungsminister verteidigungsministerin ministerprasident ministerprasidentin premier
    premierminister premierministerin burgermeister burgermeisterin oberburgermeister oberburgermeisterin
    staatssekretar staatssekretarin generalsekretar generalsekretarin sprecher sprecherin herr frau dr prof
    professor professorin botschafter botschafterin richter richterin trainer trainerin papst konig konigin
    abgeordnete abgeordneter vorsitzende vorsitzender chef chefin direktor direktorin
    presidente presidenta expresidente ministro ministra canciller secretario secretaria senor senora don dona sr
    sra senador senadora diputado diputada gobernador gobernadora alcalde alcaldesa juez jueza fiscal general coronel
    portavoz vocero vocera director directora entrenador papa rey reina doctor doctora
    president presidente ministre chancelier chanceliere secretaire senateur senatrice depute deputee maire
    gouverneur juge procureur procureure monsieur madame mademoiselle mme m mlle colonel porte-parole directeur
    directrice entraineur pape roi reine docteur ambassadeur ambassadrice
    signor signora ministra sindaco premier onorevole presidenta governador prefeito senhor senhora
    minister-president burgemeester meneer mevrouw koning koningin prezydent premier minister
    президент министр премьер премьер-министр губернатор мэр депутат сенатор генерал президента премьера"""
)
ORGANISATION: Final = listed(
    """ministerium bundesministerium bundestag bundesrat partei bank universitat gericht bundesgericht amt behorde
    gmbh ag kg se ev gesellschaft stiftung verein verband bund konzern werke kommission ausschuss parlament polizei
    feuerwehr armee bundeswehr fc sv vfl tsv fraktion gewerkschaft institut zeitung rundfunk akademie
    ministerio banco universidad tribunal partido corte suprema empresa grupo instituto comision comite consejo
    congreso senado asamblea fundacion asociacion federacion sindicato policia guardia ejercito agencia organizacion
    secretaria club real confederacion compania fiscalia camara union
    ministere banque universite cour parti groupe institut commission conseil assemblee senat fondation association
    federation syndicat police gendarmerie armee agence organisation societe compagnie chambre tribunal office
    ministero banca universita partito gruppo istituto commissione consiglio fondazione associazione federazione
    polizia agenzia ministerie universiteit partij groep bedrijf raad ministerio universidade partido empresa
    министерство банк университет партия совет комитет дума суд inc ltd corp holding holdings group"""
)
ORGANISATION_ENDS: Final = (
    "ministerium", "partei", "gericht", "gesellschaft", "verband", "stiftung", "kommission", "gewerkschaft",
    "universitat", "konzern", "bank", "zeitung", "fraktion", "behorde", "werke", "institut", "bundesamt",
)  # fmt: skip
FEDERAL: Final = ("bundes", "landes")  # with an ending below, a word is one certain body
FEDERAL_ENDS: Final = ("regierung", "tag", "rat", "wehr", "gericht", "amt", "ministerium", "polizei", "bank")
# single words that are one body, which the weights leave out at times: 35 of 42 were names in the German sets, of
# "Bundesregierung", "Bundesamt" and words with "Landes" hardly one
BODIES: Final = {
    "de": re.compile(
        r"\bBundes(?:tag|rat|wehr|polizei|bank|gerichtshof|netzagentur|nachrichtendienst|"
        r"\w{4,}(?:gericht|amt|ministerium|anwaltschaft))(?:e?s)?\b"
    )
}
PLACE: Final = listed(
    """see fluss meer insel berg tal rio lago mar isla islas monte sierra golfo provincia ciudad puerto calle avenida
    plaza riviere fleuve lac mer ile iles mont montagne rue avenue place ville region lago fiume isola via piazza
    bahia cabo valle cerro estrecho bundesland kanton landkreis область край озеро река море город"""
)
PLACE_ENDS: Final = ("strasse", "platz", "allee", "brucke", "gebirge", "kanal", "insel", "inseln")
IN: Final = listed("in nach aus bei en desde hacia hasta a au aux vers depuis dans em nel nella te naar uit w v на из")
GROUP_ENDS: Final = {
    "de": ("er", "ern", "erin", "innen", "en", "e", "ers", "isch", "ische", "ischen", "ischer", "isches"),
    "es": ("no", "na", "nos", "nas", "ano", "ana", "es", "esa", "eses", "ense", "enses", "eno", "ol", "oles"),
    "fr": (
        "ien", "ienne", "iens", "iennes", "ain", "aine", "ains", "aines",
        "ais", "aise", "aises", "ois", "oise", "and", "ands",
    ),
}  # fmt: skip
NOT_NAMES: Final = listed(
    """montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar februar marz april mai juni juli
    august september oktober november dezember covid corona uhr euro prozent million millionen milliarde milliarden
    lunes martes miercoles jueves viernes sabado domingo enero febrero marzo abril mayo junio julio agosto
    septiembre octubre noviembre diciembre lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars
    avril juin juillet aout septembre octobre novembre decembre internet dios dieu gott navidad weihnachten noel
    pib tva iva sida vih bip pkw lkw tv pdf sms"""
)
