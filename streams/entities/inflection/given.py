"""Frequent given names of languages with cases, folded, by gender: evidence of what case a full name is in."""

from typing import Final

from streams.entities.canonical import listed

_RUSSIAN = (
    """александр алексеи анатолии андреи антон аркадии артем борис вадим валентин валерии василии виктор виталии
    владимир владислав вячеслав геннадии георгии григории даниил денис дмитрии евгении егор иван игорь илья
    кирилл константин леонид лев максим марк матвеи михаил никита николаи олег павел петр роман руслан святослав
    семен сергеи станислав степан тимур федор эдуард юрии яков ярослав рамзан ильдар марат тимофеи глеб захар
    всеволод юлии клавдии аврелии""",
    """александра алена алина алла анастасия анна валентина валерия варвара вера вероника виктория галина дарья
    диана евгения екатерина елена елизавета зинаида зоя инна ирина карина кира ксения лариса лидия любовь
    людмила маргарита марина мария надежда наталия наталья нина оксана олеся ольга полина раиса светлана софия
    софья тамара татьяна ульяна эльвира юлия яна владислава станислава ярослава""",
)
_UKRAINIAN = (
    """андріи анатоліи антон артем богдан борис вадим валеріи валентин василь віктор віталіи володимир владислав
    вячеслав геннадіи георгіи григоріи данило денис дмитро євген іван ігор ілля кирило костянтин леонід лев
    максим мар'ян марко микита микола михаило назар олег олександр олексіи остап павло петро роман руслан
    святослав семен сергіи станіслав степан тарас тимофіи федір юріи яків ярослав арсен дем'ян орест юліи""",
    """александра алла анастасія анна валентина валерія варвара віра вікторія галина ганна дарина діана євгенія
    катерина олена єлизавета зоя інна ірина карина ксенія лариса леся лідія любов людмила маргарита марина марія
    надія наталія наталя ніна оксана олександра олеся ольга поліна раіса світлана соломія софія тамара тетяна
    уляна юлія яна ярослава""",
)
_POLISH = (
    """adam adrian aleksander andrzej antoni artur bartosz bartlomiej bogdan boleslaw czeslaw damian daniel dariusz
    dawid dominik edward filip franciszek grzegorz henryk hubert ignacy jacek jakub jan janusz jaroslaw jerzy
    jozef kacper kamil karol kazimierz konrad krystian krzysztof lech leszek lukasz maciej marcin marek marian
    mariusz mateusz michal mikolaj miroslaw oskar patryk pawel piotr przemyslaw radoslaw rafal robert roman
    ryszard sebastian slawomir stanislaw stefan szymon tadeusz tomasz waldemar wieslaw wiktor witold wladyslaw
    wlodzimierz wojciech zbigniew zdzislaw zygmunt""",
    """adrianna agata agnieszka aleksandra alicja anna barbara beata bozena danuta daria dominika dorota elzbieta
    emilia ewa ewelina gabriela grazyna halina hanna helena irena iwona izabela jadwiga janina joanna jolanta
    julia justyna kamila karolina katarzyna kinga klaudia krystyna lena lidia lucyna magdalena malgorzata maria
    marta monika natalia oliwia patrycja paulina renata sylwia teresa urszula wanda weronika wieslawa wioletta
    zofia zuzanna""",
)
_CZECH = (
    """adam ales alois antonin bohumil bohuslav daniel david dominik dusan eduard emil filip frantisek igor ivan
    ivo jakub jan jaromir jaroslav jindrich jiri josef kamil karel kristian ladislav leos libor lubomir lubos
    ludek lukas marcel marek martin matej michal milan milos miroslav oldrich ondrej otakar pavel petr premysl
    radek radim radovan richard robert roman rostislav rudolf simon stanislav stepan tomas vaclav viktor vit
    vladimir vladislav vojtech zbynek zdenek""",
    """adela alena alexandra alzbeta andrea aneta anezka anna barbora blanka bozena dagmar dana daniela denisa
    dominika eliska ema eva gabriela hana helena irena iva ivana jana jarmila jaroslava jitka karla karolina
    katerina klara kristyna lenka libuse lucie ludmila marcela marie marketa marta martina michaela milada
    milena miroslava monika natalie nikola olga pavla pavlina petra radka renata romana ruzena simona sona
    stanislava sarka stepanka tereza vera veronika vladimira vlasta zdenka zuzana""",
)
_CROATIAN = (
    """aleksandar aleksa ante andrej andrija bojan boris borislav branko bozidar damir danijel dario darko davor
    dejan denis dragan drazen dusan domagoj filip franjo goran hrvoje igor ivan ivica ivo jakov josip josko
    juraj jovan kresimir kristijan lazar luka marijan marin marinko mario marko martin mate matej matija mihael
    milan milos miodrag mirko miroslav mladen nebojsa nenad nikola ognjen petar predrag radovan rade robert
    roman sasa sinisa slaven slavko slobodan srdan stefan stipe stjepan tihomir tomislav tomo uros vedran veljko
    viktor vjekoslav vladimir vlado vladan vojislav vuk zdravko zeljko zlatko zoran zvonimir""",
    """ana andela andrea anica anita antonija barbara biljana branka danica danijela dijana dora dragana dubravka
    ela elena emilija gordana helena irena iva ivana jadranka jasmina jasna jelena jovana karolina katarina
    kristina lana lara ljiljana ljubica lucija maja mara margareta marica marija marijana marina marta martina
    milena milica mirjana mirna monika nada natasa nevena nikolina nina petra renata sandra sanja senka silvija
    slavica snezana sonja stana suzana svetlana tamara tanja tatjana tea teodora tihana vera vesna viktorija
    zeljka zorica zrinka aleksandra""",
)
_HUNGARIAN = listed(
    """adam adel adrienn agnes agota akos albert alexandra aliz ambrus andor andras andrea aniko anita anna antal
    arpad aron attila balazs balint barbara barnabas beata bela bence benedek bernadett bertalan boglarka botond
    csaba csilla daniel david dalma denes dezso dora dorottya edina edit eleonora emese emma endre eniko erika
    erno erzsebet eszter eva ferenc fruzsina gabor gabriella gergely geza gizella gyongyi gyorgy gyula hajnalka
    helga henrik henrietta ibolya ida ildiko ilona imre irma istvan ivan janos jeno jolan jozsef judit julia
    julianna kalman karola karoly katalin kata kinga klara klaudia kornel kristof krisztian krisztina lajos
    laszlo laura lili livia lilla lorant lorinc magda magdolna mark margit maria marianna mariann marta marton
    mate matyas melinda miklos mihaly monika nandor nikolett nikoletta nora noemi norbert odon oliver orsolya
    oszkar pal panna patrik peter petra piroska reka rebeka renata richard robert roland rozalia rudolf sandor
    sara sarolta simon soma szabolcs szilard szilvia szabina tamas terez teodora tibor timea tivadar tunde vanda
    veronika vera viktor viktoria vilmos vince virag vivien xenia zita zoltan zsigmond zsofia zsolt zsombor
    zsuzsa zsuzsanna"""
)
MEN_AND_WOMEN: Final = {
    language: (listed(men), listed(women))
    for languages, (men, women) in {
        ("ru",): _RUSSIAN,
        ("uk",): _UKRAINIAN,
        ("pl",): _POLISH,
        ("cs", "sk"): _CZECH,
        ("hr", "bs", "sr", "sl"): _CROATIAN,
    }.items()
    for language in languages
}
HUNGARIAN: Final = _HUNGARIAN
