package masking

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// First and last names of 26 locales, without accents, from Faker's lists (MIT, see
// names/LICENSE). Words that are common otherwise, and places, are left out.
var (
	//go:embed names/first.txt.gz
	firstGzip []byte
	//go:embed names/last.txt.gz
	lastGzip []byte

	firstNames = sync.OnceValue(func() wordSet { return unpack(firstGzip) })
	lastNames  = sync.OnceValue(func() wordSet { return unpack(lastGzip) })
)

func unpack(packed []byte) wordSet {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		var text []byte
		if text, err = io.ReadAll(r); err == nil {
			return setOf(string(text))
		}
	}
	panic("masking: the embedded names cannot be read: " + err.Error())
}

// businesses are words that make a name a company's.
var businesses = setOf(`gmbh ag kg ohg ug inc llc llp ltd limited plc corp corporation company co group holding holdings sarl sas sa eurl sci sl slu sll srl spa snc sas lda ltda eireli me epp bv nv vof cv oy ab as aps kft sro zoo sohne sons fils filhos figli hermanos irmaos fratelli gebr gebroeders
	team bot service system department store shop foundation fund trust university school hospital hotel restaurant versicherungsburo partner partners consulting verlag stiftung`)

// personName says how much a text looks like somebody's name: 2 for first and last
// name, 1 for one name alone, 0 for anything else.
func personName(s string) int {
	s = strings.TrimSpace(s)
	if len(s) < 2 || len(s) > 60 || strings.ContainsAny(s, "0123456789@/\\_:;!?#%&*=+[]{}<>|\"$€") {
		return 0
	}
	if n := foreignName(s); n > 0 {
		return n
	}
	if initialled.MatchString(s) && !businesses.any(strings.Fields(plainWord(s))) {
		return 2
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '-' || r == '.' })
	if len(words) == 0 || len(words) > 6 {
		return 0
	}
	var capital, first, last, long int
	for _, w := range words {
		if r := []rune(w)[0]; unicode.IsUpper(r) {
			capital++
		}
		plain := strings.Trim(plainWord(w), "'’")
		if businesses.exactly(plain) && len(words) > 1 {
			return 0
		}
		if len(plain) > 2 {
			long++
		}
		if firstNames().has(plain) {
			first++
		} else if lastNames().has(plain) {
			last++
		}
	}
	switch {
	case capital == 0 || capital*2 < len(words):
		return 0
	case len(words) >= 2 && first >= 1 && (first+last >= 2 || long <= 3 && first+last >= 1):
		return 2
	case len(words) >= 2 && last >= 2:
		return 2
	case len(words) <= 2 && first+last >= 1 && first+last >= long:
		return 1
	}
	return 0
}

// initialled is a surname with initials before or behind it, or a form of address:
// J. van Dijk, BROUWER, G., Fam. Bakker, Mme Petit.
var initialled = regexp.MustCompile(`^(?:(?:\p{Lu}\.[ -]?){1,4}(?:\pL{2,4}['’ ] ?){0,2}\p{Lu}[\pL'’-]+|\p{Lu}[\pL'’-]+(?: \p{Lu}[\pL'’-]+)?,? (?:\p{Lu}\.[ -]?){1,4}|(?:Fam|Familie|Famille|Herr|Frau|Mrs?|Ms|Mme|Mlle|Sra?|Srta|Sig|Sig\.ra|Dott|Dott\.ssa|Dhr|Mevr|Mw|Dr|Dra|Prof)\.? (?:\p{Lu}[\pL'’.-]* ?){1,4})$`)

// titled is a person named in a sentence by title, or after a verb of asking.
var titled = regexp.MustCompile(`\b(?:Mrs?|Ms|Dr|Prof|Herr|Frau|Hr|Fr|Mme|Mlle|Monsieur|Madame|M|Sr|Sra|Srta|Señor|Señora|Don|Doña|Dott|Dott\.ssa|Sig|Sig\.ra|Signor|Signora|Dhr|Mevr|Mevrouw|Meneer|Senhor|Senhora)\.? +\p{Lu}\pL+`)

// names in a sentence: two capitalised words in a row.
var twoCapitals = regexp.MustCompile(`\b\p{Lu}\pL+['’-]?\pL* \p{Lu}\pL+`)

// namesSomebody reports whether a sentence names a person.
func namesSomebody(s string) bool {
	if titled.MatchString(s) {
		return true
	}
	for _, pair := range twoCapitals.FindAllString(s, 8) {
		a, b, _ := strings.Cut(pair, " ")
		if firstNames().has(plainWord(a)) && (lastNames().has(plainWord(b)) || firstNames().has(plainWord(b))) {
			return true
		}
	}
	return false
}

// street is a street with a number, in one of seven languages.
var street = regexp.MustCompile(`(?i)(\d+[a-z]?[ ,]+.*\b(street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|boulevard|blvd|way|terrace|close|crescent|square|sq|place|pl|highway|hwy|parkway|pkwy|trail|row|hill|ridge|loop|circle|cove|forge|freeway|garden|gardens|green|grove|harbor|heights|junction|island|islands|knoll|landing|manor|meadow|mews|mill|mills|mount|orchard|park|pass|path|pike|pine|plains|plaza|point|port|ramp|ranch|route|run|shoal|shore|spring|springs|spur|station|stream|summit|turnpike|trace|track|union|valley|via|view|village|ville|vista|walk|wall|well|wells)\b)` +
	`|((str\.|straße|strasse|gasse|weg|platz|allee|ring|damm|ufer|chaussee|straat|laan|plein|gracht|kade|dijk|singel|steeg|hof|park|pad)\b[ ,]*\d+)` +
	`|(\b(rue|avenue|boulevard|bd|chemin|impasse|allée|place|quai|route|cours|voie|passage)\b +(d[eu']|la|le|les|l'|\pL))` +
	`|(\b(calle|c/|avenida|avda|av|plaza|paseo|carrer|camino|ronda|travesía|glorieta|rambla|carretera|urbanización|colonia|barrio|polígono|sector|salida|senda|subida|puerta|partida|jardines|grupo|gran vía|explanada|escalinata|cuesta|caserío|arroyo|apartamento|aldea|bloque|lugar|manzana|mercado|muelle|municipio|parcela|parque|pasaje|prolongación|quinta|ramal|rincón|rúa|solar|terrenos|torrente|vía)\b\.? +\pL.*\d)` +
	`|(\b(via|viale|piazza|corso|largo|vicolo|strada|contrada|borgo|rotonda|incrocio|piazzale)\b +\pL)` +
	`|(\b(rua|travessa|avenida|praça|alameda|largo|rodovia|estrada|marginal)\b\.? +\pL)|(\bc/ ?\pL.*\d)`)

// regions are asked whose number a number without country code may be.
var regions = []string{"US", "GB", "DE", "FR", "ES", "BR", "PT", "IT", "NL", "AT", "CH", "BE", "MX"}

// callSign is what people write before a telephone number.
var callSign = regexp.MustCompile(`^(?i:tel|tél|telefon|telefono|tlf|tfno|mobile?|mob|cell?|handy|gsm|fax|ph|phone|m|t|p)[.:]* *\b`)

// phoneNumber says how much a text looks like a telephone number: 2 for one with
// country code or written as people do, 1 for bare digits that might be one.
func phoneNumber(s string) int {
	s = strings.TrimSpace(s)
	if m := callSign.FindString(s); m != "" {
		s = s[len(m):]
	}
	digits, separated := 0, false
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0:
		case strings.ContainsRune(" ()-./", r):
			separated = true
		case (r == 'x' || r == 'e') && i > 7: // an extension
			s = strings.TrimSpace(s[:i])
			return phoneNumber(s)
		default:
			return 0
		}
	}
	if digits < 6 || digits > 15 || dateText.MatchString(s) || ipAddress(s) || strings.Count(s, ".") == 1 && !strings.ContainsAny(s, " -/()+") {
		return 0
	}
	if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00") {
		n, err := phonenumbers.Parse("+"+strings.TrimLeft(strings.TrimPrefix(s, "+"), "0"), "")
		if err == nil && phonenumbers.IsPossibleNumber(n) {
			return 2
		}
		return 0
	}
	if !separated {
		if digits >= 7 {
			return 1 // what they are must come from elsewhere: any number is some country's
		}
		return 0
	}
	if digits < 9 && !strings.ContainsAny(s, "()") {
		return 1 // 123/2001 is as well a number of a file
	}
	for _, region := range regions {
		n, err := phonenumbers.Parse(s, region)
		if err == nil && phonenumbers.IsValidNumberForRegion(n, region) {
			return 2
		}
	}
	if separated && strings.ContainsAny(s, "()") && digits >= 9 {
		return 2
	}
	return 0
}

// foreignName says how much a text in another script looks like somebody's name, as
// personName does: by patronymics and endings of surnames in Cyrillic, by frequent
// surnames in Chinese characters.
func foreignName(s string) int {
	switch r := []rune(s); {
	case unicode.Is(unicode.Han, r[0]):
		if len(r) > 6 || !allIn(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
			return 0
		}
		for n := 1; n <= 2 && n < len(r); n++ {
			if hanSurnames.exactly(string(r[:n])) && len(r)-n <= 3 {
				return 2
			}
		}
	case unicode.Is(unicode.Cyrillic, r[0]) && unicode.IsUpper(r[0]):
		words := strings.Fields(s)
		if len(words) > 1 && len(words) < 4 && cyrillicName.MatchString(s) {
			return 2
		}
	}
	return 0
}

func allIn(r []rune, scripts ...*unicode.RangeTable) bool {
	for _, c := range r {
		if !unicode.In(c, scripts...) && c != ' ' {
			return false
		}
	}
	return true
}

var cyrillicName = regexp.MustCompile(`(ович|евич|овна|евна|ична)( |$)|\p{Lu}\p{Ll}+(ов|ова|ев|ева|ин|ина|ский|ская|енко|чук|ук|юк)( |$)`)

// hanSurnames are the most frequent surnames of China and Japan.
var hanSurnames = setOf(`王 李 张 張 刘 劉 陈 陳 杨 楊 黄 黃 赵 趙 吴 吳 周 徐 孙 孫 马 馬 朱 胡 郭 何 林 罗 羅 梁 宋 郑 鄭 谢 謝 韩 韓 唐 冯 馮 于 董 萧 程 曹 袁 邓 鄧 许 許 傅 沈 曾 彭 吕 呂 苏 蘇 卢 盧 蒋 蔡 贾 丁 魏 薛 叶 葉 阎 余 潘 杜 戴 夏 钟 汪 田 任 姜 范 方 石
	佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 福田 太田 西村 藤井 岡本 金子 三浦 中野 原田`)
