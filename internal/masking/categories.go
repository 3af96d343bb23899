package masking

import "strings"

// What people belong to, believe, love and suffer from, as values: a column full of
// such words is about somebody whatever it is called.
var (
	specialValues = setOf(`kosher koscher casher halal ksml moml hnml katholisch roemisch-katholisch evangelisch protestantisch muslimisch islamisch juedisch buddhistisch hinduistisch konfessionslos orthodox atheist atheistisch catholic roman_catholic protestant muslim islam jewish judaism buddhist buddhism hindu
		hinduism sikh christian christianity agnostic catholique protestante musulman musulmane juif juive bouddhiste athee agnostique catolico catolica musulmana judio judia budista evangelico evangelica ateo atea ateu agnostico espirita umbanda candomble
		cattolico cattolica musulmano ebreo ebrea ebraica valdese buddista rooms-katholiek katholiek hervormd gereformeerd islamitisch joods boeddhistisch ongodsdienstig anglican methodist baptist lutheran mormon quaker
		heterosexual homosexual bisexual gay lesbian straight hetero bisex bisexuell homosexuell heterosexuell schwul lesbisch homo lesbienne heterosexuel homosexuel bisexuel bisexuelle heterosexuelle lesbica eterosessuale omosessuale bisessuale etero
		omosessuale lesbiana homossexual heterossexual bissexual asexual pansexual queer homoseksueel heteroseksueel biseksueel
		cgil cisl uil cfdt cgt cftc unsa cfe-cgc ccoo ugt uso csif cgtp cut verdi ver.di ig_metall gew ig_bce fnv cnv vcp acv abvv aclvb unite unison gmb afl-cio teamsters uaw seiu ugl cobas ugl-si
		spd cdu csu fdp afd gruene die_linke cdu/csu d66 vvd pvda cda groenlinks sp pvv christenunie sgp pvdd volt fvd ja21 bbb denk n-va vb open_vld cd&v vooruit groen pvda+ mr ecolo cdh psoe vox podemos ciudadanos erc junts bildu pnv lfi renaissance
		lrem eelv pcf modem udi reconquete pt psdb mdb psol psl pdt pcdob chega ps psd bloco lega pd fdi m5s forza_italia fratelli_d'italia labour conservative conservatives tory lib_dem libdem snp plaid ukip greens democrat democratic republican
		caucasian caucasica african-american african_american hispanic latino latina asian caucasico negro negra pardo parda branco branca amarela indigena mestizo mulato roma sinti arab arabe black white hispanic_or_latino native_american pacific_islander
		two_or_more_races
		ledig verheiratet geschieden verwitwet getrennt eingetragene_lebenspartnerschaft single married divorced widowed separated celibataire marie mariee divorce divorcee veuf veuve pacse pacsee concubinage soltero soltera casado casada divorciado
		divorciada viudo viuda separado separada solteiro solteira viuvo viuva uniao_estavel celibe nubile coniugato coniugata divorziato divorziata vedovo vedova separato separata ongehuwd gehuwd gescheiden weduwe weduwnaar samenwonend
		maennlich weiblich divers male female nonbinary non-binary masculin feminin masculino feminino femenino maschio femmina maschile femminile mannelijk vrouwelijk homme femme hombre mujer vrouw uomo donna mulher homem frau`)
	healthValues = setOf(`dbml gfml nlml lsml diabetes diabetiker asthma asma asthme epilepsy epilepsie epilepsia cancer krebs kanker cancro cancer_du_sein hypertension hypertonie hipertension hipertensao ipertensione hypertensie depression depressie depresion depressao depressione
		adipositas obesity obesite obesidad obesidade obesita copd bpco epoc migraine migraene migrana emicrania enxaqueca rheuma arthritis arthrose artrite artrosi artrosis artrose anemia anemie anaemie hepatitis hepatite epatite hiv hiv+ aids sida tbc
		tuberculosis tuberculose bronchitis bronchite bronquitis pneumonia pneumonie neumonia polmonite covid covid-19 influenza grippe gripe griep ictus stroke schlaganfall avc infarkt infarct infarto angina gastritis gastrite burnout burn-out schizophrenia
		schizophrenie esquizofrenia bipolar autism autismus autisme autismo adhd adhs tdah add dyslexia legasthenie dyslexie dislexia dislessia celiac zoeliakie coeliakie celiaquia celiachia lactose laktose lactosa lattosio
		penicillin penizillin penicilline penicilina penicillina latex lattice pollen polen polline nuts nuesse noix nueces noci noten peanut peanuts erdnuss arachide amendoim cacahuete gluten ibuprofen aspirin aspirine aspirina hausstaub acaro acari bee_sting
		bienengift iode jod yodo iodio shellfish
		a+ a- b+ b- ab+ ab- o+ o- 0+ 0- 0rh+ 0rh- arh+ arh- wheelchair rollstuhl blind deaf gehoerlos sourd aveugle sordo cieco ciego blindness hearing_loss ipovedente ipoacusico pregnant schwanger enceinte embarazada gravida incinta zwanger smoker raucher
		fumeur fumador fumante fumatore roker nichtraucher non-smoker non-fumeur
		amoxicillin amoxicilline amoxicilina ibuprofene paracetamol metformin metformine metformina omeprazol omeprazole ramipril enalapril losartan simvastatin atorvastatin levothyroxin insulin insulina insuline sertralin sertraline sertralina zolpidem lorazepam diazepam`)
)

// kept reports what a value says of somebody as a word.
func kept(s string) Entity {
	if len(s) < 2 || len(s) > 40 {
		return None
	}
	p := plainWord(s)
	if strings.Contains(s, "ä") || strings.Contains(s, "ö") || strings.Contains(s, "ü") || strings.Contains(s, "Ä") {
		p = plainWord(umlauts.Replace(s))
	}
	whole := strings.ReplaceAll(p, " ", "_")
	first, _, _ := strings.Cut(p, " ")
	switch {
	case healthValues.exactly(whole), len(first) > 4 && healthValues.exactly(first):
		return Health
	case specialValues.exactly(whole):
		return SpecialCategory
	}
	return None
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "ae", "Ö", "oe", "Ü", "ue")

// categorised judges by how many of a column's different values are such words.
func (j *judgement) categorised() (Entity, bool) {
	c := j.content
	if c.seen < 2 || c.seen > 60 || j.about == aboutThings && !j.somebody || classes.any(j.table) || j.column.PrimaryKey || len(j.column.References) > 0 {
		return None, false
	}
	count := map[Entity]int{}
	for v := range c.distinct {
		count[kept(v)]++
	}
	for _, e := range []Entity{Health, SpecialCategory} {
		if n := count[e]; n >= 2 && n*2 >= c.seen || n*4 >= c.seen && n >= 3 {
			return e, true
		}
	}
	return None, false
}
