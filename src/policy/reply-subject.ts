/**
 * Whom or what the words of a refusal are about. Servers send 5.1.1 ("bad destination mailbox", RFC 3463 §3.2) with
 * words about the sender, a blocklist, a rate or spam, mostly because an operator wrote a rule with the wrong code; who
 * believes the code alone silences a person who is there. The words win.
 *
 * A grammar of nouns and verdicts, not of samples: what refuses mail says who (`sender address`, `client host`,
 * `message`) and what became of it (`rejected`, `not found`, `exceeded`), in a few languages. In three steps:
 *
 * 1. clauses that can be about nothing else (`sender address rejected`, `blocked using`, `try again later`), whatever
 *    is said beside them: `Sender address rejected: User unknown in local sender table`;
 * 2. clauses that say that the recipient is not there: `does not exist in our spam-filtered domain`;
 * 3. single words that mean one of the others where nobody says that the recipient is not there: `spam`, `policy`.
 *
 * Words are those of Postfix, Exim, Sendmail, qmail, Exchange and the large providers, as their documents give them.
 * All repetitions are bounded: time grows with the text's length alone.
 */
import type { BounceClass } from './bounce-classes.ts';

export type ReplySubject = 'recipient' | OtherSubject;
export type OtherSubject = keyof typeof SUBJECT_CLASSES;

/** The class where no rule knows the words better. */
export const SUBJECT_CLASSES = {
  sender: 'policy',
  host: 'reputation',
  list: 'reputation',
  relay: 'relaying-denied',
  rate: 'rate-limited',
  content: 'content',
  virus: 'virus',
  authentication: 'authentication',
  login: 'policy',
  size: 'too-big',
  system: 'system',
  form: 'protocol',
  policy: 'policy',
} as const satisfies Readonly<Record<string, BounceClass>>;

const SENDER = String.raw`(?:sender(?:'?s)?|envelope[- ]from|mail ?from|header[- ]from|from[- ](?:address|domain|header)|return-?path|reverse-?path|originator|[ée]metteur|exp[ée]diteur|absender(?:adresse)?|remitente|mittente|remetente|afzender|nadawc[ay]|odes[ií]latel|отправител[ья]|from ?address)`;
/** Where words have no spaces between them. */
const CJK_SENDER =
  '(?:送信者|送信元|差出人|发件人|發件人|发信人|寄件人|발신자|보낸 ?사람)[^。]{0,20}(?:拒|不|無効|无效|失败|存在しま|見つかり|登録され|未|없|않)';
const CLIENT = String.raw`(?:client|(?:sending |source |remote |your )?(?:ip|ip[- ]address|mail ?server|host|hostname|network|mta)|your (?:isp|provider|server|connection|domain|access|address)|adresse ip|ip-adresse|\(ip\))`;
const MESSAGE = String.raw`(?:message|mail|e-?mail|content|body|attachment|nachricht|mensaje|messaggio|mensagem|courriel|письмо)`;
const RECIPIENT = String.raw`(?:user|recipient|mailbox|mail ?box|account|addressee|person|customer|alias|local part|(?:e-?mail )?address|username|subscriber|forward-?path|(?:destination |recipient |mail )?(?:domain|host)|benutzer|empf(?:ä|ae)nger|postfach|konto|utilisateur|destinataire|bo[iî]te|compte|usuario|destinatario|destinat[aá]rio|buz[oó]n|cuenta|utente|indirizzo|casella|пользовател[ья]|ящик)`;
const REFUSED = String.raw`(?:rejected|reject|denied|den(?:y|ies)|refused?|invalid[eo]?|illegal|unknown|unresolvable|not|non|cannot|can't|couldn't|no|must|need|required|failed|fail(?:s|ure)|blocked|banned|black ?listed|listed|unauthori[sz]ed|forbidden|prohibited|has no|inexistant|refus[ée]e?|bloqu[ée]+e?|rechazad[oa]|rifiutat[oa]|rejeitad[oa]|abgelehnt|gesperrt|ung(?:ü|ue)ltig|geweigerd|odrzucon[aey]|zablokowan[aey]|odm[ií]tnut|отклон[её]н|заблокирован|(?:in|on) (?:my|our|the|a) [^ ]{0,20} ?list)`;
const GONE = String.raw`(?:unknown|not in use|(?:is |was |are |could |can )?(?:not|n't|cannot) (?:be )?(?:found|known|valid|in use|exist|recogni[sz]ed|registered|listed|located|defined|local|on this)|does ?n[o']t exist|doesn't (?:exist|have)|does not have|no longer|invalid|illegal|nonexistent|non-existent|undefined|moved|unbekannt|nicht (?:bekannt|gefunden|vorhanden)|existiert nicht|not (?:present|on file|in (?:the|our|this))|inconnue?|inexistante?|invalide|introuvable|n'existe pas|desconocid[oa]|no existe|inexistente|inv[aá]lid[oa]|sconosciut[oa]|non esiste|n[aã]o existe|не найден|не существует)`;

const THIS_SIDE = '(?:client(?: host)?|your (?:ip(?: address)?|(?:mail ?)?server|host ?name|host|domain))';

/** Shut because nobody uses it, which no filter says of somebody else. */
const SHUT = String.raw`(?:inactiv(?:e|ity)|dormant|archiv(?:ed|[ée]e?)|unused)`;

type Clause = readonly [subject: ReplySubject, words: RegExp];

/** `noun` and, in the same sentence within some words, `verdict`. */
function clause(noun: string, verdict: string): string {
  return String.raw`(?<![\p{L}\d])${noun}(?![\p{L}\d])[^;!?]{0,50}?(?<![\p{L}\d])${verdict}`;
}

function either(...sources: readonly string[]): RegExp {
  return new RegExp(sources.join('|'), 'u');
}

/** Step 1, in order. */
const DECISIVE: readonly Clause[] = [
  [
    'list',
    either(
      String.raw`\bblocked (?:using|by (?:\(ip\)|[\w-]+\.[\w.-]+))|\b(?:black|block|deny)[- ]?listed\b|\bin (?:an?|the) rbl\b`,
      String.raw`\b(?:is|are|was|currently|\(ip\)\]?) listed\b|\bon (?:an?|the|our|its) [^ ]{0,20} ?(?:black|block)[- ]?list`,
      String.raw`\b(?:spamhaus|spamcop|barracuda ?central|sorbs|uceprotect|dnsbl|rbl|surbl|uribl)\b`,
    ),
  ],
  ['authentication', /\b(?:spf|dkim|dmarc|arc[- ]seal)\b|sender policy framework/u],
  ['authentication', /\b(?:ptr|rdns)\b|reverse[- ](?:dns|hostname|lookup|address)|no reverse\b/u],
  [
    'host',
    either(
      String.raw`\b(?:helo|ehlo)\b`,
      clause('client host', 'rejected'),
      clause(THIS_SIDE, `(?:${GONE}|has no)`),
    ),
  ],
  [
    'sender',
    either(
      clause(SENDER, REFUSED),
      String.raw`\b(?:invalid|unknown|bad|illegal|fake|forged|no such|unverified|blocked|unroute?able) (?:envelope )?sender\b`,
      String.raw`\b(?:required|because of|due to|den(?:y|ies|ied)|refuse[sd]?|reject(?:s|ed)?|block(?:s|ed)?)\b[^.;:]{0,15}\b${SENDER}(?![\p{L}\d])`,
      String.raw`\bsender (?:verif|callout)|callout verif|\bspoof|\bsending\b[^.;]{0,25}\b(?:disabled|suspended|not)\b|\[fromaddress=|\bvalid sender\b|\byour from\b|\brst\.sender`,
      String.raw`\b(?:cannot|can't|could not|unable to|failed to) (?:verify|resolve|find|accept)\b[^.;:]{0,25}\b${SENDER}(?![\p{L}\d])`,
      CJK_SENDER,
    ),
  ],
  [
    'relay',
    either(
      String.raw`\brela(?:y|ying|is)\b(?: access)?[^.;]{0,25}\b(?:denied|not|prohibited|refused?|refus[ée]|rejected|disallowed)`,
      String.raw`\b(?:denies|denied|refused?|no|not|unable to|don't|unwilling to|open) [^.;]{0,20}\brelay|rcpthosts|\bgatewaying\b|\b(?:domain|host)\b[^.;]{0,25}\bnot (?:a )?(?:hosted|served|handled|local|our)\b`,
    ),
  ],
  ['virus', /\b(?:virus(?:es)?|malware|infected|trojan|phishing|ransomware)\b/u],
  [
    'rate',
    either(
      String.raw`gr[ae]y[- ]?list|throttl|\b(?:rate|frequency)[- ]?(?:limit|control|exceed|is)|\btoo (?:many|much|fast|quickly|often|frequent)`,
      String.raw`\bexceed(?:s|ed|ing)?\b[^.;]{0,40}\b(?:limit|rate|threshold|max|quota|per|allowed|recipients|messages)`,
      String.raw`\b(?:limit|quota|threshold)\b[^.;]{0,20}\b(?:exceed|reach|hit)|\b(?:this|per|an) (?:hour|day|minute)\b`,
      String.raw`频率|频次|頻率|過多|过多|\btrop de\b|\bzu viele\b|\bdemasiad[oa]s\b|\btropp[ie]\b|slow down|\bvolume\b|\b(?:connection|session|message|recipient|hourly|daily|sending) limit`,
    ),
  ],
  [
    'content',
    either(
      String.raw`\b(?:looks? like|considered?|classified|detected|identified|rejected|marked|blocked|suspected|suspicion|contains?|scored?|as|of|is)\b[^.;]{0,20}(?<!against )\b(?:spam|junk|unsolicited|ube|uce)\b(?!-)`,
      String.raw`\b(?:spam|junk)[ -]?(?:mail |message |content |score |points )?(?:rejected|detected|found|blocked|denied|score|points|message|content|verdict|statistics|engine)`,
      clause(MESSAGE, String.raw`(?:spam|denied|content)`),
    ),
  ],
  [
    'size',
    /\b(?:message|mail|size|attachment)\b[^.;]{0,30}\b(?:too (?:large|big|long)|exceeds)|\btoo (?:large|big)\b/u,
  ],
  [
    'login',
    either(
      String.raw`\bauthenticat(?:ion|e)\b[^.;]{0,25}\b(?:required|needed|failed|first|unsuccessful)|\b(?:must|please|requires?|need to|not) (?:smtp )?(?:authenticat|log ?in)|\bnot logged in|unauthenticated`,
      String.raw`\b(?:tls|ssl|starttls|encryption|certificate)\b`,
    ),
  ],
  [
    'system',
    either(
      String.raw`\btemporar(?:y|ily)\b|\b(?:try|retry|come back|resend)\b[^.;]{0,20}\b(?:later|again in)|\btry again\b|\bin progress\b|\bunexpected name server\b|\btimed? ?-?out\b|\bplus tard\b|\bsp(?:ä|ae)ter\b|\bm[aá]s tarde\b|稍后|稍後`,
      String.raw`\b(?:internal|configuration|server|system|database|ldap|lookup|software|processing|local) (?:error|problem|failure)|\bconnection (?:refused|reset|lost|failed)`,
      String.raw`\b(?:service|server|system|directory|resources?) (?:is |are |currently )*(?:unavailable|not available|busy|overloaded|down)|\bloops?\b|hop count|too many hops`,
    ),
  ],
  [
    'host',
    either(
      clause(
        CLIENT,
        String.raw`(?:rejected|denied|refused|blocked|banned|not (?:allowed|accepted|permitted|authori[sz]ed)|prohibited|reputation|bloqu[ée]+e?|gesperrt|sperrliste)`,
      ),
      String.raw`\b(?:blocked|banned|black|bad|refused|rejected)\b[^.;]{0,25}(?:\bip\b|\(ip\)|\byour (?:ip|host|server|network)\b)`,
      String.raw`\b(?:mail|messages?|connections?|access) from (?:your\b|\[?\(ip\))|\breputation\b|\bdial-?up\b|\bdynamic(?:ally)?\b[^.;]{0,20}\b(?:ip|host|address|assigned|range)`,
    ),
  ],
];

/** Step 2. */
const GONE_RECIPIENT = either(
  clause(RECIPIENT, GONE),
  clause(RECIPIENT, SHUT),
  String.raw`\b(?:no such|unknown|invalid|bad|illegal|nonexistent|non-existent|undeliverable|unroute?able|not an? (?:valid|known|existing|recogni[sz]ed)|not our|no valid|unbekannter?|non existent) (?:[\w-]+ ){0,2}(?:${RECIPIENT}|customer)s?\b`,
  String.raw`\bno (?:mail ?box|account|user|recipient|one|person) (?:here|by|with|under|for|of|called|named)|\bno such (?:here|person)|\bnot listed in\b|\bnobody (?:here|by|with|of)\b|\bno (?:matching|local|mail|e-?mail) (?:recipient|user|mailbox|account)|\b(?:recipient|user|mailbox|address) (?:isn't|is not) here\b|\bhas no (?:mail |e-?mail )?(?:account|mailbox)\b|\bno (?:user|customer|account|mailbox)s? with\b|\(address\) (?:is |was )?(?:not|un)(?: (?:found|recogni[sz]ed|valid)|known)\b|\bperson who is unknown`,
  String.raw`(?:\bnot|n't|\bcannot|\bunable to) (?:be )?(?:find|found|locate)|\bdoes(?: not|n't) exist|resolver\.adr\.|\bmailbox (?:unavailable|name not allowed)|\b(?:account|mailbox|user|recipient) (?:is )?not available|\bnxdomain\b|\bnull ?mx\b|\b(?:domain|host)\b[^;]{0,60}(?:does not|doesn't) accept (?:any )?(?:e-?)?mail(?! from)|\bno (?:\w+ )?(?:records?|such host|mx)\b|\bexistiert nicht`,
  String.raw`(?:ディレクトリ|宛先|あて先|アドレス|ユーザー?).{0,14}(?:見つかりません|存在しません|ありません|不明)|(?:用户|收件人|邮箱|地址|用戶|信箱).{0,6}(?:不存在|未知|无效|無效|没有找到)`,
);

/** Step 3, in order. */
const TELLING: readonly Clause[] = [
  [
    'content',
    /spam|\bjunk\b|\bube\b|\buce\b|bulk|unsolicited|filter(?:ed)?\b|\bbayes|\bgtube|\bbody\b|\bcontains\b|\bmacros?\b|\battachments?\b|\bfile (?:name|type|extension)|垃圾|迷惑メール|\burls?\b/u,
  ],
  ['list', /(?:black|block|deny|reject)[- ]?list|sperrliste|lista negra|liste noire/u],
  ['login', /\bauthenticat|\bpassword\b|\bcredentials\b/u],
  [
    'form',
    /\bheaders?\b|\brfc ?\d{3,4}\b|\bline (?:too long|length)|\bpipelining\b|\bout of (?:sequence|order)/u,
  ],
  [
    'policy',
    either(
      String.raw`polic(?:y|ies)|\bprohibit|\bpreferences?\b|\brestrict|\bsecurity\b|\babus|\battack|\bban(?:ned)?\b|\bblocked\b|\bforbidden\b|\bdisallowed\b|\bunauthori[sz]ed`,
      String.raw`\b(?:access|permission|delivery|transaction|service|connection|request)\b[^.;]{0,20}\b(?:denied|refused?|rejected)|\bdenied\b|\bby (?:the |an? )?(?:administrator|admin|recipients?|owner)\b`,
      String.raw`\bzugriff verweigert|\bacc[eè]s refus|\bacceso denegado|\baccesso negato|\bacesso negado|\bnicht (?:berechtigt|zugelassen|erlaubt|gestattet)|\bpas autoris|\bpermissions? to\b|\bnot who you say|\btalk(?:s|ed|ing)? too (?:soon|early)|\bheld\b|\bunsubscribed\b|\bdoesn't want\b|\bdnssec\b|\bdane\b|\btlsa\b|\bin my bad[a-z]{0,10}to list`,
      String.raw`\bnot (?:allowed|permitted|authori[sz]ed|accept(?:ed|ing)?)\b|n't accept\b|(?:nimmt|akzeptiert) keine?\b|n'accepte (?:pas|aucun)|\bno acepta\b|\bnon accetta\b|\bn[aã]o aceita\b|не принимает|\bnie przyjmuje\b|\baccepteert geen\b|\bauthori[sz]ation\b|\b(?:members?|subscribers?) only\b|\bonly (?:members|subscribers|local)|\bnot (?:a )?(?:member|subscribe)|\bmoderat|\bmulti-?recipient|\bbounces?\b|\blocal users? only`,
      clause(
        MESSAGE,
        String.raw`(?:rejected|refused|blocked|dropped|discarded|not accepted|abgelehnt|rechazad[oa]|rifiutat[oa]|rejeitad[oa]|refus[ée]e?|拒否|拒绝)`,
      ),
    ),
  ],
  ['system', /\b(?:overload(?:ed)?|insufficient|maintenance)\b/u],
];

/**
 * Words beside "user not found" that make it about something else than that the user is not there: who is looked for, where,
 * when, or for what.
 */
const IN_DOUBT = either(
  String.raw`\b(?:later|at the moment|temporar(?:y|ily)|maintenance|upgrad(?:e|ed|ing)|try again)\b(?! (?:unknown|invalid))`,
  String.raw`(?<![\p{L}\d])${SENDER}(?! (?:policy|rewrit)|:? ?\(address\))(?![\p{L}\d])|\breply-?to\b|\breturn path\b|\b(?:header|body|certificate|reply-to|sender)\b[^;]{0,20}\b(?:address|user)|\b(?:certificate|database|directory|filter|profile) (?:of this user )?(?:was |is |could |can )?(?:not|cannot)`,
  String.raw`\b(?:known|found|registered|defined|listed|valid) (?:to (?:be|get|have|take|accept|receive|consent|support|pay|send|want|match)\b|for external|paying|worthy)|\blist of (?:allowed|permitted|addresses)|\b(?:account|user) for (?:authenticated|smtp|smarthost|submission)`,
  String.raw`\b(?:because|due to|owing to)\b(?![^.;]{0,30}\b(?:user|recipient|mailbox|account|address|such|unknown|invalid|not)\b)|\bat this time\b|\bbefore (?:mail|rcpt|data|helo|ehlo)\b|\b(?:white|allow|gr[ae]y)-?list|\bpreferences?\b|\bserver not found\b|\b(?:of|from) your (?:network|server|host|ip)\b|\bpassword|passwor[dt]|contrase[ñn]a|senha|heslo|hasło|парол|\banmeldung\b|\b(?:adresse|indirizzo|direcci[oó]n|endere[cç]o|adres|ip)[ -](?:ip|adresse?)\b`,
  // Another thing than a person, or another person than the recipient.
  String.raw`\b(?:allowed|entitled|eligible) to\b|\b(?:valid|bad|unknown|invalid) user (?:agent|request|credentials)|\bpolicy service\b|\bselector|\bgateway user\b|\bfrom \[?\(ip\)|\b(?:customer|user|account) (?:key|number|order)\b|\b(?:recipients?|users?) list of\b|\bfrom (?:user|address|account|mailbox)\b|\byou (?:are not|have no)\b`,
  // Either of two, and one is not that nobody is there.
  String.raw`\bor (?:access|you\b|not (?:a )?local|no (?:access|permission)|not (?:permitted|allowed|authori[sz]ed)|is (?:not|over|full|disabled|blocked|suspended)|the sender|temporar|over|full\b|quota|blocked|permission|policy|refus|reject)`,
  CJK_SENDER,
  String.raw`(?<!\p{L})(?:ваш(?:его|ей|а)?|сервера|serwera)(?!\p{L})|您的|\b(?:absenders|expéditeurs?)\b`,
);

/** Whether words that say that the recipient is not there leave a doubt whether it is that. */
export function isInDoubt(text: string): boolean {
  return IN_DOUBT.test(text);
}

/**
 * Of a text as reply-text.ts gives it; `undefined`: it does not say. `quoted`: the words are those of one reply. A
 * report's own prose speaks of much beside its reason, so there step 2 goes before step 1.
 */
export function replySubject(text: string, quoted: boolean): ReplySubject | undefined {
  const goneFirst = !quoted && GONE_RECIPIENT.test(text);
  if (goneFirst) return 'recipient';
  const decisive = DECISIVE.find(([, words]) => words.test(text));
  if (decisive !== undefined) return decisive[0];
  if (GONE_RECIPIENT.test(text)) return 'recipient';
  return TELLING.find(([, words]) => words.test(text))?.[0];
}
