"""Frequent given names of many languages, folded, which make two capitalised words a person. From no package's data."""

from typing import Final

from streams.entities.canonical import listed

GIVEN: Final = listed(
    """
    aaron abdul abdullah abel abraham ada adam adrian adriana agnes ahmad ahmed ahmet aisha alain alan albert alberto
    alejandra alejandro aleksandr aleksandra alessandro alex alexander alexandra alexandre alexei alfonso alfred
    alfredo ali alice alicia alina aline alison alvaro amanda amelia amir amy ana anastasia anders andrea andreas
    andrei andrej andres andrew andrey andrzej angel angela angelika angelina anita anja anke ann anna annalena anne
    annette annie antoine anton antonia antonio arjun arlette armin arnaud arthur artur asif astrid audrey august
    axel ayesha barbara beata beatrice beatriz ben benedikt benjamin benoit bernard bernd bernhard bill birgit bjorn
    bob bogdan boris brian brigitte bruno camila camille carina carl carla carlo carlos carmen carol carolina caroline
    catherine cecile cecilia celine chantal charles charlotte chiara chloe chris christian christiane christina
    christine christoph christophe christopher claire clara claudia claudio clemens colin cristian cristina cyril
    dagmar damian damien daniel daniela daniele danielle dariusz david deborah denis dennis diana didier diego dieter
    dimitri dirk dmitri dmitry dominik dominique donald dorothea eduardo edward elena eleonora elias elisa elisabeth
    elise elizabeth elke ella emil emilia emilie emilio emily emma emmanuel enrico enrique eric erica erik erika ernst
    esteban esther eugene eva evelyn fabian fabien fabio fabrice farah fatima federico felipe felix fernanda fernando
    florence florian francesca francesco francis francisca francisco franck francois francoise frank franz frederic
    frederik friedrich fritz gabriel gabriela gabriele gabrielle gael gary gemma georg george georges gerald gerard
    gerardo gerd gerhard gilbert gilles giorgio giovanni gisela giulia giuseppe gloria gonzalo grace graham gregoire
    gregor gregory greta guido guillaume guillermo gunter gustav gustavo hamid hanna hannah hans harald harry hassan
    hector heidi heike heiko heinrich heinz helen helena helene helga helmut hendrik henri henrik henry herbert hermann
    hilda holger horst hubert hugo hussein ian ibrahim ignacio igor ilse ines inge ingrid irena irene iris irina isaac
    isabel isabella isabelle ismail ivan ivana jack jacob jacqueline jacques jaime jakob jakub james jan jana jane
    janet janina jason javier jean jeanne jeff jennifer jens jeremy jerome jerry jessica jesus jim joachim joan joana
    joao joaquin jochen joe joel johan johann johanna johannes john jonas jonathan jordi jorg jorge jose josef joseph
    josefina josephine joshua juan juana judith julia julian juliana julie julien juliette julio julius jurgen justin
    justyna jutta karen karim karin karina karl karla karsten katarina katarzyna kate katharina katherine kathrin
    katja katrin kay keith kelly ken kenneth kerstin kevin khalid kirsten klaus konrad konstantin krzysztof kurt lara
    larry lars laura laurence laurent lea leila lena leo leon leonard leonardo leonie leonor leonora leopold leticia
    lidia liliana lina linda lisa lorena lorenzo louis louise luc luca lucas lucia luciano lucie lucien lucy ludovic
    ludwig luigi luis luisa luiz lukas luke lydia magdalena mahmoud maike malte manfred manuel manuela marc marcel
    marcela marcelo marco marcos marcus margaret margarita margot maria mariana marianne marie marina mario marion
    marius mark marko markus marlene marta martha martin martina martine mary massimo mateo mathias mathieu mathilde
    matteo matthew matthias matthieu maurice mauricio max maxim maxime maximilian mehmet melanie mercedes michael
    michaela michal michel michele michelle miguel mikael mike mikhail milan mirjam mohamed mohammad mohammed monica
    monika monique moritz muhammad mustafa nadia nadine nancy natalia natalie natascha nathalie nathan nicola nicolas
    nicole niels nikolai nikolaus nils nina noah noemi nora norbert norma octavio odile olaf oleg olena olga oliver
    olivia olivier omar oscar oskar otto pablo paloma pamela paola paolo pascal patricia patrick patrik paul paula
    paulina pauline paulo pavel pedro penelope peter petra philip philipp philippe pierre pilar piotr rachel rafael
    rainer raj rajesh ralf ramon raphael raquel raul raymond rebecca regina reinhard renate rene ricardo richard rita
    robert roberto robin rodrigo roger roland rolf roman ronald rosa rosario rosemarie roswitha roxana ruben rudolf
    ruth ryan sabine sabrina said salma salvador sam samir samuel sandra sandrine santiago sara sarah sascha saskia
    sean sebastian sebastien selma serena serge sergei sergej sergio severine shirin sibylle silke silvia simon simona
    simone sofia soledad solene sonia sonja sophia sophie stefan stefania stefanie stella stephan stephane stephanie
    stephen steve steven susan susana susanne suzanne sven svenja svetlana sylvain sylvia sylvie tamara tania tanja
    tariq tatiana tatjana teresa tereza theo theodor theresa therese thierry thomas thorsten tim timo tina tobias tom
    tomas torsten ulrich ulrike ulla ursula ute uwe valentin valentina valeria valerie vanessa vera verena veronica
    veronika veronique victor victoria viktor viktoria vincent viola virginie vittorio vivian vladimir volker waldemar
    walter werner wilhelm wilfried william willy wolfgang xavier yannick yasmin yolanda yuri yusuf yves yvonne zoe
    """
)
