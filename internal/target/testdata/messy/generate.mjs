// Makes messy.sql and labels.tsv: a database as companies have them, grown in several languages by several
// teams, with a label for each column. Run: npm i @faker-js/faker && node generate.mjs
import * as F from '@faker-js/faker';
import crypto from 'crypto';
import fs from 'fs';
const {fakerEN:en, fakerEN_GB:gb, fakerDE:de, fakerFR:fr, fakerES:es, fakerPT_BR:pt, fakerIT:it, fakerNL:nl} = F;
for (const f of [en,gb,de,fr,es,pt,it,nl]) f.seed(20260914);
const R=(a,b)=>en.number.int({min:a,max:b}), pick=a=>a[R(0,a.length-1)], digits=n=>en.string.numeric({length:n,allowLeadingZeros:true});
const maybe=(p,g)=>i=>R(0,99)<p?g(i):null;
const hex=n=>en.string.hexadecimal({length:n,casing:'lower',prefix:''});
const sha=(a,s)=>crypto.createHash(a).update(s).digest('hex');
const d=(y0,y1)=>en.date.between({from:y0+'-01-01',to:y1+'-12-28'}).toISOString().slice(0,10);
const ts=()=>en.date.between({from:'2023-01-01',to:'2026-06-01'}).toISOString();
const id=i=>i+1, fk=n=>()=>R(1,n);
const luhn=b=>{let s=0;[...b].reverse().forEach((c,i)=>{let x=+c;if(i%2==0){x*=2;if(x>9)x-=9}s+=x});return b+((10-s%10)%10)};
const card=()=>luhn(pick(['4','51','55','37','2221'])+'').length&&luhn((p=>p+digits(15-p.length))(pick(['4','51','55','2221'])));
const imei=()=>luhn('35'+digits(12));
const mod97=(cc,bban)=>{const n=(bban+cc+'00').replace(/[A-Z]/g,c=>c.charCodeAt(0)-55);let m=0;for(const c of n)m=(m*10+ +c)%97;return cc+String(98-m).padStart(2,'0')+bban};
const iban=cc=>()=>mod97(cc||pick(['DE','NL','FR','ES']),{DE:()=>digits(18),NL:()=>'INGB'+digits(10),FR:()=>digits(23),ES:()=>digits(20),IT:()=>'X'+digits(22)}[cc||'DE']?.()??digits(18));
const ibanDE=()=>mod97('DE',digits(18)), ibanNL=()=>mod97('NL',pick(['INGB','ABNA','RABO'])+digits(10)), ibanES=()=>mod97('ES',digits(20)), ibanFR=()=>mod97('FR',digits(23));
const cpf=()=>{let b=digits(9);for(let k=0;k<2;k++){let s=0,n=b.length+1;[...b].forEach((c,i)=>s+=+c*(n-i));let r=s*10%11;b+=r==10?0:r}return b.replace(/(...)(...)(...)(..)/,'$1.$2.$3-$4')};
const dni=()=>{const n=digits(8);return n+'TRWAGMYFPDXBNJZSQVHLCKE'[+n%23]};
const nir=()=>{const b=pick(['1','2'])+String(R(40,99))+String(R(1,12)).padStart(2,'0')+String(R(1,95)).padStart(2,'0')+digits(6);return b+String(97-Number(BigInt(b)%97n)).padStart(2,'0')};
const bsn=()=>{for(;;){const b=digits(8);let s=0;[...b].forEach((c,i)=>s+=+c*(9-i));const r=s%11;if(r<10&&b[0]!='0')return b+r}};
const steuer=()=>{for(;;){const b=String(R(1,9))+digits(9);let p=10;for(const c of b){let s=(+c+p)%10;if(s==0)s=10;p=2*s%11}let k=11-p;if(k==10)k=0;if(k<10)return b+k}};
const ssn=()=>`${R(100,665)}-${String(R(1,99)).padStart(2,'0')}-${String(R(1,9999)).padStart(4,'0')}`;
const cf=()=>en.string.alpha({length:6,casing:'upper'})+digits(2)+pick([...'ABCDEHLMPRST'])+String(R(1,28)).padStart(2,'0')+pick([...'ABCDEFGHIL'])+digits(3)+en.string.alpha({length:1,casing:'upper'});
const nino=()=>pick(['AB','CE','JK','PR'])+digits(6)+pick([...'ABCD']);
const b64=o=>Buffer.from(typeof o=='string'?o:JSON.stringify(o)).toString('base64'), b64u=o=>b64(o).replace(/=+$/,'').replace(/\+/g,'-').replace(/\//g,'_');
const jwt=()=>b64u({alg:'HS256',typ:'JWT'})+'.'+b64u({sub:R(1,9999),exp:1790000000})+'.'+en.string.alphanumeric(43);
const bcrypt=()=>'$2b$12$'+en.string.alphanumeric(53), argon=()=>'$argon2id$v=19$m=65536,t=3,p=4$'+en.string.alphanumeric(22)+'$'+en.string.alphanumeric(43);
const pem=()=>'-----BEGIN PRIVATE KEY-----\n'+b64(en.string.alphanumeric(120))+'\n-----END PRIVATE KEY-----';
const phoneDE=()=>pick(['+49 ','0'])+pick(['151','160','171','30','89'])+' '+digits(7), phoneUS=()=>`(${R(201,989)}) ${R(200,999)}-${digits(4)}`, phoneFR=()=>'0'+pick(['1','6','7'])+' '+[1,2,3,4].map(()=>digits(2)).join(' '), phoneES=()=>'+34 6'+digits(8), phoneNL=()=>'+31 6 '+digits(8), phoneBR=()=>`(${R(11,99)}) 9${digits(4)}-${digits(4)}`, phoneIT=()=>'+39 3'+digits(2)+' '+digits(7);
const plateDE=()=>pick(['B','M','HH','K'])+'-'+en.string.alpha({length:2,casing:'upper'})+' '+R(10,9999);
const words=n=>en.lorem.words(n), sent=f=>f.lorem.sentence();
const tables=[]; const T=(name,n,...cols)=>tables.push({name,n,cols});
const extra=[]; // SQL behind the tables, and labels of what it makes
const S=(name,type,ent,gen)=>({name,type,label:'s',ent,gen}), N=(name,type,gen)=>({name,type,label:'n',ent:'',gen}), Q=(name,type,gen)=>({name,type,label:'?',ent:'',gen});
const ID=N('id','bigint',id), CR=N('created_at','timestamptz',ts), UP=N('updated_at','timestamptz',ts);
// --- crm (English, tidy)
T('crm.customer',300,ID,S('email','text','email',()=>en.internet.email()),S('first_name','varchar(40)','person_name',()=>en.person.firstName()),S('last_name','varchar(40)','person_name',()=>en.person.lastName()),S('phone','text','phone',maybe(80,phoneUS)),S('dob','date','date_of_birth',()=>d(1940,2006)),N('status','text',()=>pick(['active','churned','trial'])),N('segment','text',()=>pick(['smb','mid','ent'])),N('lifetime_orders','int',()=>R(0,90)),N('newsletter','boolean',()=>pick([true,false])),S('notes','text','free_text',maybe(40,()=>'Called '+en.person.fullName()+', prefers '+en.internet.email()+'. '+sent(en))),CR,UP);
T('crm.contact_point',300,ID,N('customer_id','bigint',fk(300)),N('kind','text',()=>pick(['mail','tel','fax'])),S('value','text','phone',i=>i%2?en.internet.email():phoneUS()),N('verified','boolean',()=>pick([true,false])));
T('crm.company',60,ID,N('name','text',()=>en.company.name()),Q('vat_no','text',()=>'GB'+digits(9)),N('industry','text',()=>en.commerce.department()),N('employees','int',()=>R(1,9000)),N('website','text',()=>'https://www.'+en.internet.domainName()),S('main_contact','text','person_name',()=>en.person.fullName()),N('country_code','char(2)',()=>en.location.countryCode()));
T('crm.lead',150,ID,S('fullname','text','person_name',()=>en.person.fullName()),S('mail_addr','text','email',()=>en.internet.email()),N('source','text',()=>pick(['ads','fair','referral'])),N('score','numeric(5,2)',()=>R(0,10000)/100),S('linkedin','text','url',()=>'https://www.linkedin.com/in/'+en.internet.username().toLowerCase()),S('ip','inet','ip_address',()=>en.internet.ipv4()),N('utm_campaign','text',()=>words(2)));
T('crm.address',300,ID,N('customer_id','bigint',fk(300)),S('line1','text','address',()=>en.location.streetAddress()),S('line2','text','address',maybe(25,()=>en.location.secondaryAddress())),Q('city','text',()=>en.location.city()),S('zip','varchar(12)','postal_code',()=>en.location.zipCode()),N('country','text',()=>en.location.country()),S('lat','double precision','geo',()=>en.location.latitude({precision:6})),S('lng','double precision','geo',()=>en.location.longitude({precision:6})));
// --- sales / product: mostly harmless
T('sales.product',120,ID,N('sku','text',()=>en.string.alphanumeric({length:8,casing:'upper'})),N('name','text',()=>en.commerce.productName()),N('description','text',()=>en.commerce.productDescription()),N('price','numeric(10,2)',()=>en.commerce.price()),N('weight_g','int',()=>R(10,9000)),N('ean','varchar(13)',()=>'40'+digits(11)),N('tags','text[]',()=>'{'+[words(1),words(1)].join(',')+'}'),N('color','text',()=>en.color.human()));
T('sales.orders',400,ID,N('order_no','varchar(16)',()=>'20'+digits(14)),N('customer_id','bigint',fk(300)),N('state','text',()=>pick(['open','paid','shipped','returned'])),N('total','numeric(12,2)',()=>R(100,99999)/100),N('currency','char(3)',()=>pick(['EUR','USD'])),N('tracking_no','text',()=>'1Z'+en.string.alphanumeric({length:16,casing:'upper'})),N('placed_at','timestamptz',ts),N('warehouse_id','int',fk(9)),S('delivery_note','text','free_text',maybe(30,()=>'Leave with '+en.person.firstName()+' at '+en.location.streetAddress())));
T('sales.order_item',500,ID,N('order_id','bigint',fk(400)),N('product_id','bigint',fk(120)),N('qty','int',()=>R(1,9)),N('unit_price','numeric(10,2)',()=>R(100,9999)/100),N('discount_pct','smallint',()=>R(0,40)));
T('sales.payment',300,ID,N('order_id','bigint',fk(400)),N('method','text',()=>pick(['card','sepa','invoice'])),S('pan','varchar(19)','card',maybe(60,card)),S('card_holder','text','person_name',maybe(60,()=>en.person.fullName().toUpperCase())),S('iban','varchar(34)','bank_account',maybe(50,ibanDE)),Q('bic','varchar(11)',()=>'COBADEFFXXX'),N('amount','numeric(12,2)',()=>R(100,99999)/100),N('psp_reference','text',()=>en.string.alphanumeric({length:16,casing:'upper'})),N('paid_at','timestamptz',ts));
T('sales.store',30,ID,N('name','text',()=>'Store '+en.location.city()),N('street','text',()=>en.location.streetAddress()),N('city','text',()=>en.location.city()),N('opened_on','date',()=>d(1990,2024)),N('area_m2','int',()=>R(40,4000)),N('latitude','numeric(9,6)',()=>en.location.latitude()),N('longitude','numeric(9,6)',()=>en.location.longitude()));
T('sales.country',40,N('code','char(2)',i=>String.fromCharCode(65+i%26)+String.fromCharCode(65+(i*7)%26)),N('name','text',()=>en.location.country()),N('dial_prefix','text',()=>'+'+R(1,99)),N('vat_rate','numeric(4,2)',()=>R(0,27)));
T('sales.coupon',80,N('code','text',()=>en.string.alphanumeric({length:10,casing:'upper'})),N('percent','int',()=>R(5,50)),N('valid_until','date',()=>d(2024,2027)),N('max_uses','int',()=>R(1,1000)));
// --- auth: secrets
T('auth.account',250,ID,S('username','text','username',()=>en.internet.username()),S('login_email','text','email',()=>en.internet.email().toLowerCase()),S('password_hash','text','secret',i=>i%2?bcrypt():argon()),S('totp_secret','text','secret',maybe(40,()=>en.string.alpha({length:32,casing:'upper'}))),N('password_changed_at','timestamptz',ts),N('failed_login_count','int',()=>R(0,5)),N('is_locked','boolean',()=>pick([true,false])),S('last_ip','inet','ip_address',()=>en.internet.ipv4()),N('locale','text',()=>pick(['en_US','de_DE','fr_FR'])),N('role','text',()=>pick(['admin','user','viewer'])),N('password_min_length','int',()=>12),N('token_ttl','int',()=>3600));
T('auth.session',250,S('sid','text','secret',()=>hex(64)),N('account_id','bigint',fk(250)),S('jwt','text','secret',jwt),S('ua','text','free_text',()=>en.internet.userAgent()),S('remote_addr','text','ip_address',()=>en.internet.ipv4()),N('expires_at','timestamptz',ts));
tables.at(-1).cols[3].label='?';
T('auth.api_key',60,ID,N('label','text',()=>pick(['ci','laptop','grafana','cron'])),S('api_key','text','secret',()=>'sk_live_'+en.string.alphanumeric(24)),N('scopes','text[]',()=>'{read,write}'),N('last_used_at','timestamptz',ts),N('key_version','int',()=>R(1,4)));
T('auth.oauth_client',40,N('client_id','text',()=>en.string.alphanumeric(20)),S('client_secret','text','secret',()=>en.string.alphanumeric(40)),N('redirect_uri','text',()=>'https://'+en.internet.domainName()+'/callback'),N('grant_types','text',()=>'authorization_code'));
T('auth.password_policy',5,ID,N('min_length','int',()=>R(8,16)),N('require_symbol','boolean',()=>true),N('password_expiry_days','int',()=>R(30,365)));
T('auth.settings',60,N('key','text',i=>['smtp.host','smtp.password','theme','aws.access_key','aws.secret','page.size','db.url','sentry.dsn','ui.color','max.items'][i%10]+(i>9?'.'+i:'')),S('value','text','secret',i=>['mail.example.com',en.internet.password({length:18}),'dark','AKIA'+en.string.alphanumeric({length:16,casing:'upper'}),en.string.alphanumeric(40),'50','postgres://app:'+en.internet.password()+'@db/app','https://'+hex(32)+'@sentry.io/42','#aa0000','100'][i%10]));
// --- HR German
T('personal.mitarbeiter',120,N('personalnummer','int',i=>10000+i),S('vorname','text','person_name',()=>de.person.firstName()),S('nachname','text','person_name',()=>de.person.lastName()),S('geburtsdatum','date','date_of_birth',()=>d(1958,2004)),S('strasse','text','address',()=>de.location.streetAddress()),S('plz','char(5)','postal_code',()=>de.location.zipCode('#####')),Q('ort','text',()=>de.location.city()),S('steuer_id','text','national_id',steuer),S('sozialvers_nr','text','national_id',()=>digits(2)+digits(6)+pick([...'ABCDEFG'])+digits(3)),S('telefon','text','phone',phoneDE),S('handy','text','phone',maybe(70,phoneDE)),S('gehalt','numeric(10,2)','pay',()=>R(2800,9900)),N('abteilung','text',()=>pick(['Vertrieb','Einkauf','IT','Logistik'])),N('eintritt','date',()=>d(2001,2026)),S('familienstand','text','special_category',()=>pick(['ledig','verheiratet','geschieden'])),S('konfession','text','special_category',()=>pick(['rk','ev','keine'])),S('iban','text','bank_account',ibanDE),N('urlaubstage','int',()=>30));
tables.at(-1).cols[0].label='?';
T('personal.krankmeldung',150,ID,N('personalnummer','int',()=>10000+R(0,119)),N('von','date',()=>d(2022,2026)),N('bis','date',()=>d(2022,2026)),S('diagnose','text','health',()=>pick(['J06.9','M54.5','F32.1','A09.9','K52.9'])),S('bemerkung','text','free_text',maybe(50,()=>sent(de))),N('genehmigt','boolean',()=>true));
T('personal.abteilung',12,ID,N('bezeichnung','text',()=>pick(['Vertrieb','Einkauf','IT','Logistik'])),N('kostenstelle','int',()=>R(1000,9999)),S('leiter','text','person_name',()=>de.person.fullName()));
T('personal.fuhrpark',40,ID,N('marke','text',()=>de.vehicle.manufacturer()),N('modell','text',()=>de.vehicle.model()),S('kennzeichen','text','document_number',plateDE),S('fahrer','text','person_name',()=>de.person.fullName()),N('km_stand','int',()=>R(10,200000)),Q('fahrgestellnr','text',()=>de.vehicle.vin()));
T('personal.bewerber',80,ID,S('bewerber_name','text','person_name',()=>de.person.fullName()),S('e_mail','text','email',()=>de.internet.email()),S('lebenslauf','bytea','media',()=>'\\x255044462d312e34'+hex(60)),S('gehaltswunsch','int','pay',()=>R(38000,99000)),N('stelle','text',()=>pick(['Entwickler','Fahrer','Buchhaltung'])),N('eingang','date',()=>d(2024,2026)));
// --- French
T('boutique.utilisateur',200,ID,S('nom','text','person_name',()=>fr.person.lastName()),S('prenom','text','person_name',()=>fr.person.firstName()),S('courriel','text','email',()=>fr.internet.email()),S('tel_portable','text','phone',phoneFR),S('date_naissance','date','date_of_birth',()=>d(1945,2005)),S('num_secu','text','national_id',nir),S('adresse','text','address',()=>fr.location.streetAddress()),S('code_postal','text','postal_code',()=>fr.location.zipCode('#####')),Q('ville','text',()=>fr.location.city()),S('mot_de_passe','text','secret',bcrypt),N('date_inscription','timestamptz',ts),N('actif','boolean',()=>true));
T('boutique.commande',250,ID,N('utilisateur_id','bigint',fk(200)),N('numero','text',()=>'CMD-'+digits(9)),N('montant','numeric(10,2)',()=>R(100,90000)/100),N('statut','text',()=>pick(['payée','expédiée','annulée'])),S('commentaire','text','free_text',maybe(30,()=>fr.person.fullName()+' : '+sent(fr))),N('livre_le','date',()=>d(2024,2026)));
T('boutique.produit',80,ID,N('nom','text',()=>fr.commerce.productName()),N('prix','numeric(8,2)',()=>R(100,9000)/100),N('stock','int',()=>R(0,400)),N('fournisseur','text',()=>fr.company.name()));
T('boutique.medecin_traitant',50,ID,S('nom_medecin','text','person_name',()=>fr.person.fullName()),S('telephone_cabinet','text','phone',phoneFR),N('specialite','text',()=>pick(['généraliste','dentiste'])));
// --- Spanish
T('ventas.cliente',180,ID,S('nombre','text','person_name',()=>es.person.firstName()),S('apellidos','text','person_name',()=>es.person.lastName()+' '+es.person.lastName()),S('nif','varchar(9)','national_id',dni),S('correo','text','email',()=>es.internet.email()),S('movil','text','phone',phoneES),S('domicilio','text','address',()=>es.location.streetAddress()),S('cp','char(5)','postal_code',()=>es.location.zipCode('#####')),S('fecha_nac','date','date_of_birth',()=>d(1950,2006)),S('cuenta_bancaria','text','bank_account',ibanES),N('fecha_alta','timestamptz',ts),N('tipo','text',()=>pick(['A','B','C'])),S('observaciones','text','free_text',maybe(30,()=>sent(es))),S('sexo','char(1)','special_category',()=>pick(['M','F'])));
T('ventas.articulo',90,ID,N('nombre','text',()=>es.commerce.productName()),N('precio','numeric(9,2)',()=>R(100,9000)/100),N('proveedor','text',()=>es.company.name()),N('ubicacion_almacen','text',()=>pick(['A','B'])+'-'+R(1,40)));
T('ventas.nomina',100,ID,N('empleado_id','int',fk(100)),S('salario_bruto','numeric(10,2)','pay',()=>R(15000,60000)),S('retencion','numeric(10,2)','pay',()=>R(1000,9000)),N('periodo','date',()=>d(2024,2026)));
tables.at(-1).cols[3].label='?';
// --- Portuguese
T('clinica.paciente',160,ID,S('nome','text','person_name',()=>pt.person.fullName()),S('cpf','text','national_id',cpf),S('rg','text','national_id',()=>digits(2)+'.'+digits(3)+'.'+digits(3)+'-'+digits(1)),S('telemovel','text','phone',phoneBR),S('data_nascimento','date','date_of_birth',()=>d(1940,2020)),S('morada','text','address',()=>pt.location.streetAddress()),S('alergias','text','health',maybe(50,()=>pick(['penicilina','amendoim','látex']))),S('tipo_sanguineo','text','health',()=>pick(['A+','O-','B+','AB+'])),S('convenio_numero','text','person_number',()=>digits(15)),N('ativo','boolean',()=>true));
T('clinica.consulta',250,ID,N('paciente_id','bigint',fk(160)),N('agendada_para','timestamptz',ts),N('sala','int',()=>R(1,9)),S('cid10','text','health',()=>pick(['J45.0','E11.9','I10','F41.1','Z00.0'])),S('anamnese','text','free_text',()=>sent(pt)),N('duracao_min','int',()=>pick([15,30,45])),S('medico','text','person_name',()=>pt.person.fullName()));
T('clinica.exame_tipo',20,ID,N('nome','text',()=>pick(['hemograma','raio-x','urina'])),N('preco','numeric(8,2)',()=>R(1000,90000)/100));
// --- Italian
T('anagrafe.persona',140,ID,S('nome','text','person_name',()=>it.person.firstName()),S('cognome','text','person_name',()=>it.person.lastName()),S('codice_fiscale','char(16)','national_id',cf),S('indirizzo','text','address',()=>it.location.streetAddress()),S('cap','char(5)','postal_code',()=>it.location.zipCode('#####')),S('cellulare','text','phone',phoneIT),S('data_di_nascita','date','date_of_birth',()=>d(1940,2010)),Q('luogo_nascita','text',()=>it.location.city()),S('posta','text','email',()=>it.internet.email()),N('registrato_il','timestamptz',ts),Q('partita_iva','text',maybe(10,()=>digits(11))));
T('anagrafe.fattura',150,ID,N('persona_id','bigint',fk(140)),N('numero','text',()=>R(1,999)+'/2025'),N('importo','numeric(10,2)',()=>R(100,90000)/100),N('scadenza','date',()=>d(2025,2026)),N('pagata','boolean',()=>true));
// --- Dutch
T('polis.klant',150,ID,S('voornaam','text','person_name',()=>nl.person.firstName()),S('achternaam','text','person_name',()=>nl.person.lastName()),N('tussenvoegsel','text',maybe(30,()=>pick(['van','de','van der']))),S('bsn','char(9)','national_id',bsn),S('geboortedatum','date','date_of_birth',()=>d(1945,2005)),S('adres','text','address',()=>nl.location.streetAddress()),S('postcode','text','postal_code',()=>R(1000,9999)+' '+en.string.alpha({length:2,casing:'upper'})),S('rekeningnummer','text','bank_account',ibanNL),S('emailadres','text','email',()=>nl.internet.email()),S('mobiel','text','phone',phoneNL),N('klant_sinds','date',()=>d(2001,2025)),S('polisnummer','text','person_number',()=>'P'+digits(8)));
tables.at(-1).cols[2].label='?'; tables.at(-1).cols[11].label='?';
T('polis.schade',120,ID,N('klant_id','bigint',fk(150)),S('omschrijving','text','free_text',()=>'Mevr. '+nl.person.lastName()+' '+sent(nl)),N('bedrag','numeric(10,2)',()=>R(1000,900000)/100),N('status','text',()=>pick(['open','dicht'])),S('kenteken','text','document_number',()=>en.string.alpha({length:2,casing:'upper'})+'-'+digits(3)+'-'+en.string.alpha({length:1,casing:'upper'})));
// --- legacy, cryptic names: only the content tells
T('legacy.kd01',220,N('kdnr','int',i=>i+500),S('fld1','varchar(60)','person_name',()=>de.person.lastName()+', '+de.person.firstName()),S('fld2','varchar(80)','email',()=>de.internet.email()),S('fld3','varchar(40)','phone',phoneDE),S('fld4','varchar(34)','bank_account',ibanDE),N('fld5','varchar(10)',()=>pick(['A1','B2','C3'])),N('fld6','integer',()=>R(0,99)),S('fld7','varchar(19)','card',card),N('fld8','varchar(16)',()=>digits(16)),N('flg','char(1)',()=>pick(['J','N'])),S('x_ip','varchar(15)','ip_address',()=>en.internet.ipv4()),N('dt_erf','date',()=>d(2010,2026)));
T('legacy.tmp_import',150,S('c1','text','email',()=>en.internet.email()),S('c2','text','national_id',ssn),N('c3','text',()=>en.commerce.productName()),N('c4','text',()=>ts()),S('c5','text','structured',()=>JSON.stringify({n:en.person.fullName(),m:en.internet.email(),q:R(1,9)})),S('c6','text','structured',()=>b64({user:en.internet.email(),t:jwt()})),N('c7','text',()=>en.git.commitSha()),N('c8','text',()=>en.string.uuid()));
T('legacy.usr_bak_2019',100,S('uname','varchar(30)','username',()=>en.internet.username()),S('pwd','varchar(32)','secret',()=>sha('md5',en.internet.password())),S('eml','varchar(80)','email',()=>en.internet.email()),S('fname','varchar(30)','person_name',()=>en.person.firstName()),S('lname','varchar(30)','person_name',()=>en.person.lastName()),S('addr1','varchar(80)','address',()=>en.location.streetAddress()),S('tel_no','varchar(20)','phone',phoneUS),N('lvl','smallint',()=>R(1,9)));
T('legacy.eav',300,N('entity_id','int',fk(60)),N('attr','text',i=>['nickname','size','phone','shoe','email'][i%5]),S('val','text','free_text',i=>[en.internet.username(),'XL',phoneUS(),'42',en.internet.email()][i%5]));
// --- devices / logs
T('iot.device',150,ID,N('serial','text',()=>en.string.alphanumeric({length:12,casing:'upper'})),S('mac','macaddr','device_id',()=>en.internet.mac()),S('imei','varchar(15)','device_id',imei),N('firmware_version','text',()=>`${R(1,4)}.${R(0,9)}.${R(0,9)}.${R(0,30)}`),N('model','text',()=>pick(['T100','T200'])),S('owner_email','text','email',()=>en.internet.email()),S('last_pos','point','geo',()=>`(${en.location.latitude()},${en.location.longitude()})`),N('battery','smallint',()=>R(0,100)));
T('iot.reading',400,N('device_id','bigint',fk(150)),N('at','timestamptz',ts),N('temperature','real',()=>R(-200,450)/10),N('humidity','real',()=>R(0,1000)/10),N('rssi','int',()=>-R(20,110)));
T('ops.audit_log',250,ID,S('actor','text','username',i=>en.internet.email()),N('action','text',()=>pick(['login','logout','update'])),S('client_ip','inet','ip_address',()=>en.internet.ipv4()),S('payload','jsonb','structured',()=>JSON.stringify({user:{name:en.person.fullName(),mail:en.internet.email()},ok:true})),N('at','timestamptz',ts),N('duration_ms','int',()=>R(1,900)));
T('ops.job',120,ID,N('name','text',()=>pick(['sync','export','cleanup'])),N('args','jsonb',()=>JSON.stringify({limit:R(1,99),dry:true})),N('state','text',()=>pick(['ok','failed'])),N('checksum','text',()=>hex(64)),N('host','text',()=>'worker-'+R(1,9)),N('started_at','timestamptz',ts),N('error','text',maybe(10,()=>'timeout after '+R(1,90)+' s')));
T('ops.deploy',80,ID,N('git_sha','char(40)',()=>hex(40)),N('version','text',()=>`${R(1,9)}.${R(0,20)}.${R(0,9)}`),S('deployed_by','text','person_name',()=>en.person.fullName()),N('artifact_url','text',()=>'https://artifacts.example.com/app-'+R(1,999)+'.tgz'),N('duration_s','int',()=>R(5,900)));
T('ops.webhook',50,ID,N('url','text',()=>'https://hooks.'+en.internet.domainName()+'/in'),S('signing_key','text','secret',()=>'whsec_'+en.string.alphanumeric(32)),N('event_types','text[]',()=>'{order.created}'));
T('ops.backup_target',20,ID,S('conn','text','secret',()=>'postgresql://backup:'+en.internet.password()+'@10.0.0.'+R(2,250)+':5432/app'),N('bucket','text',()=>'backup-'+words(1)),N('retention_days','int',()=>R(7,90)));
T('ops.tls_cert',25,ID,N('common_name','text',()=>en.internet.domainName()),S('private_key','text','secret',pem),N('not_after','timestamptz',ts),N('fingerprint','text',()=>hex(64)));
T('mkt.email_template',30,ID,N('name','text',()=>words(2)),N('subject','text',()=>en.company.catchPhrase()),N('body_html','text',()=>'<p>Hello {{first_name}}, '+sent(en)+'</p>'),N('lang','char(2)',()=>pick(['en','de']))); 
T('mkt.subscriber',200,S('subscriber','text','email',()=>en.internet.email()),S('email_md5','char(32)','hash',()=>sha('md5',en.internet.email())),N('list','text',()=>pick(['news','promo'])),N('opt_in_at','timestamptz',ts),N('open_rate','numeric(4,3)',()=>R(0,1000)/1000),N('bounce_count','int',()=>R(0,4)));
T('mkt.campaign',40,ID,N('title','text',()=>en.company.catchPhrase()),N('budget','numeric(10,2)',()=>R(1000,90000)),N('starts_on','date',()=>d(2024,2026)),N('email_count','int',()=>R(100,90000)),N('phone_enabled','boolean',()=>true));
T('support.ticket',200,ID,N('number','text',()=>'T-'+digits(6)),S('requester','text','person_name',()=>en.person.fullName()),Q('subject','text',()=>en.hacker.phrase()),S('body','text','free_text',()=>'Hi, my mail is '+en.internet.email()+' and my number '+phoneUS()+'. '+sent(en)),N('priority','text',()=>pick(['low','high'])),N('tags','text[]',()=>'{billing,login}'),S('attachments','jsonb','structured',()=>JSON.stringify([{url:'https://s3.amazonaws.com/b/'+hex(8)+'?X-Amz-Signature='+hex(64)}])),CR);
T('support.agent',25,ID,S('display_name','text','person_name',()=>en.person.fullName()),S('extension','text','phone',()=>digits(4)),N('team','text',()=>pick(['tier1','tier2'])),S('photo','bytea','media',()=>'\\xffd8ffe0'+hex(60)));
tables.at(-1).cols[2].label='?';
T('support.chat_message',220,ID,N('ticket_id','bigint',fk(200)),N('author_kind','text',()=>pick(['agent','customer'])),S('msg','text','free_text',()=>R(0,3)?sent(en):'call me: '+phoneUS()),N('sent_at','timestamptz',ts));
// --- types
T('misc.profile',120,N('account_id','bigint',id),S('emails','text[]','email',()=>'{'+en.internet.email()+','+en.internet.email()+'}'),S('contact','misc.contact','structured',()=>`("${en.internet.email()}","${phoneUS()}")`),S('mood','misc.mood','special_category',()=>pick(['happy','sad'])),S('doc','xml','structured',()=>`<p><name>${en.person.fullName().replace(/[<&']/g,'')}</name><mail>${en.internet.email()}</mail></p>`),S('mail2','misc.email_address','email',()=>en.internet.email()),S('raw','bytea','structured',()=>'\\x'+Buffer.from(JSON.stringify({mail:en.internet.email()})).toString('hex')),N('prefs','jsonb',()=>JSON.stringify({theme:pick(['dark','light']),items:R(5,50)})),N('during','tstzrange',()=>'[2025-01-01,2025-06-01)'),S('avatar_url','text','url',()=>'https://www.gravatar.com/avatar/'+sha('md5',en.internet.email())));
tables.at(-1).cols[3].label='?'; tables.at(-1).cols[8].label='?';
T('misc.empty_people',0,ID,S('full_name','text','person_name',()=>''),S('ssn','text','national_id',()=>''),S('remarks','text','free_text',()=>''),N('age_limit','int',()=>0),N('enabled','boolean',()=>true));
T('misc.country_stats',50,N('country','text',()=>en.location.country()),N('population','bigint',()=>R(1e6,9e8)),N('avg_salary','numeric(10,2)',()=>R(900,9000)),N('life_expectancy','numeric(4,1)',()=>R(500,850)/10));
tables.at(-1).cols[2].label='?';
T('misc.event_2025',100,ID,S('visitor','text','email',()=>en.internet.email()),N('path','text',()=>'/'+words(1)),N('at','date',()=>d(2025,2025)));
const lab=[]; let out=`-- A messy database: see generate.mjs. All people in it are invented.\nSET client_min_messages = warning;\n`;
for (const s of new Set(tables.map(t=>t.name.split('.')[0]))) out+=`CREATE SCHEMA ${s};\n`;
out+=`CREATE TYPE misc.contact AS (mail text, tel text);\nCREATE TYPE misc.mood AS ENUM ('happy','sad');\nCREATE DOMAIN misc.email_address AS text CHECK (VALUE LIKE '%@%');\n`;
const esc=v=>v===null||v===undefined?'\\N':String(v).replace(/\\/g,'\\\\').replace(/\n/g,'\\n').replace(/\t/g,'\\t').replace(/\r/g,'');
for (const t of tables){
  out+=`CREATE TABLE ${t.name} (${t.cols.map(c=>`${c.name} ${c.type}`+(c.name=='id'?' PRIMARY KEY':'')).join(', ')});\nCOPY ${t.name} FROM stdin;\n`;
  for(let i=0;i<t.n;i++) out+=t.cols.map(c=>esc(c.gen(i))).join('\t')+'\n';
  out+='\\.\n';
  for(const c of t.cols) lab.push([...t.name.split('.'),c.name,c.label,c.ent]);
}
out+=`
-- Copies, children and what is computed.
CREATE VIEW crm.v_customer_overview AS SELECT id, email AS login, first_name || ' ' || last_name AS who, status FROM crm.customer;
CREATE MATERIALIZED VIEW sales.mv_top AS SELECT c.email AS k, count(*) AS n FROM crm.customer c JOIN sales.orders o ON o.customer_id = c.id GROUP BY 1;
CREATE TABLE crm.customer_archive () INHERITS (crm.customer);
CREATE TABLE iot.event (id bigint, who text, at date) PARTITION BY RANGE (at);
CREATE TABLE iot.event_2025 PARTITION OF iot.event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE iot.event_2026 PARTITION OF iot.event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO iot.event SELECT id, visitor, at FROM misc.event_2025;
ALTER TABLE crm.lead ADD COLUMN mail_lower text GENERATED ALWAYS AS (lower(mail_addr)) STORED;
ALTER TABLE support.ticket ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED;
CREATE TABLE sales.pan_index AS SELECT id AS payment_id, encode(sha256(pan::bytea), 'hex') AS pan_hash FROM sales.payment WHERE pan IS NOT NULL;
ANALYZE;
`;
const L=(t,...cs)=>cs.forEach(([c,l,e])=>lab.push([...t.split('.'),c,l,e||'']));
L('crm.v_customer_overview',['id','n'],['login','s','email'],['who','s','person_name'],['status','n']);
L('sales.mv_top',['k','s','email'],['n','n']);
const cust=tables.find(t=>t.name=='crm.customer'); L('crm.customer_archive',...cust.cols.map(c=>[c.name,c.label,c.ent]));
for(const t of ['iot.event','iot.event_2025','iot.event_2026']) L(t,['id','n'],['who','s','email'],['at','n']);
L('crm.lead',['mail_lower','s','email']); L('support.ticket',['search','s','free_text']); L('sales.pan_index',['payment_id','n'],['pan_hash','s','hash']);
fs.writeFileSync('messy.sql',out); fs.writeFileSync('labels.tsv',lab.map(r=>r.join('\t')).join('\n')+'\n');
console.log(tables.length,'tables',lab.length,'columns',lab.filter(r=>r[3]=='s').length,'sensitive',lab.filter(r=>r[3]=='n').length,'not', out.length,'bytes');
