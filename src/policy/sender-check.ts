/**
 * Words by which a server says that it looked at the sender, though they speak of accounts and domains that are not
 * there: `Verification failed for <user@example.org>, the account or domain may not exist`, `From: Domain is invalid`,
 * `DNS check failed`. What is read out of many words as "no such user" or "no such domain" (a rule that is not certain, or
 * `rcpt_only`), or out of a code, is not believed beside them: the recipient may well be there.
 *
 * By grammar, in the languages of the rules: a check that failed, unless it is named as one of the recipient; the From
 * field or the sender's domain; a verdict that is a guess (`may not exist`). All repetitions are bounded.
 */

const FAILED = String.raw`(?:fail(?:ed|s|ure)?|error|unsuccessful|impossible|fehlgeschlagen|[ée]chou[ée]e?|fall[oóií][a-z]{0,3}|falhou|fallit[oa]|mislukt|nieudan\p{L}|nie powiod\p{L}{1,4}|не (?:удал|пройд)\p{L}{1,5}|selhal\p{L}?)`;
const CHECK = String.raw`(?:(?:re-?)?verif(?:y|ication)|validation|call-?(?:back|out)|(?:ü|ue)berpr(?:ü|ue)fung|verifizierung|v[ée]rification|verificaci[oó]n|comprobaci[oó]n|verifica|verifica[cç][aã]o|verificatie|weryfikacj\p{L}|проверк\p{L}|ověření)`;
const COULD_NOT = String.raw`(?:(?:could|can)(?:not| not|n't)|unable to|failed to|not) (?:be )?`;

const CHECK_FAILED = new RegExp(
  [
    String.raw`(?<!\p{L})${CHECK}(?!\p{L})[^.;!?:]{0,30}(?<!\p{L})${FAILED}`,
    String.raw`(?<!\p{L})fail(?:ed|s|ure)? (?:in |of |the |our |sender |address |domain |dns ){0,3}${CHECK}(?!\p{L})`,
    String.raw`\b${COULD_NOT}(?:verif(?:y|ied)|validated?|confirm(?:ed)?)\b`,
    String.raw`nicht (?:(?:ü|ue)berpr(?:ü|ue)ft|verifiziert)|pas pu (?:[eê]tre )?v[ée]rifi|impossible de v[ée]rifier|no se (?:pudo|puede|ha podido) verificar|impossibile verificare|n[aã]o foi poss[ií]vel verificar|niet (?:worden )?geverifieerd|nie można (?:było )?zweryfikować|не удалось проверить|nelze ověřit|无法验证|驗證失敗|验证失败|検証(?:でき|に失敗)`,
    // The name of a domain was looked at, which nobody does for a domain of its own.
    String.raw`\b(?:dns|mx|domain|host ?name)[- ](?:check|test|validation|verification)s?\b[^.;!?]{0,20}${FAILED}|\bfail(?:ed|s)? (?:the |our |a )?(?:dns|mx|domain|host ?name)[- ](?:check|test|validation)`,
    String.raw`(?<!\p{L})(?:dns|mx|domain|domänen?)-?(?:(?:ü|ue)ber)?pr(?:ü|ue)fung|(?:dns|mx|域名)\s?(?:检查|檢查|验证|チェック)[^。]{0,6}失`,
  ].join('|'),
  'u',
);
/** Of the recipient: `Recipient verification failed`. */
const RECIPIENT_CHECK = new RegExp(
  String.raw`\b(?:recipient|rcpt|mailbox|user)(?:'?s)?(?: e-?mail)?(?: address)?[ :]{1,2}(?:rejected: )?(?:${CHECK}|could|can|un(?:verified|verifiable))|${CHECK} (?:of|for) (?:the )?(?:recipient|rcpt|mailbox|user)\b|\b(?:verify|validate) (?:the |this |that )?(?:recipient|rcpt|mailbox|user)\b|\bno such (?:user|recipient|mailbox)\b|\bresolver\.adr\.`,
  'u',
);

/** The From field, the sender's domain, or what this side calls itself. */
const OF_THE_SENDER = new RegExp(
  [
    String.raw`(?<!\p{L})from:? ?["']?(?:header|field|line|domain|address)\b|\b(?:valid|invalid|bad|wrong|missing|illegal|fake|forged|real|proper|legitimate) ["']?from\b(?! (?:the|a|an|our|this)\b)|["'«]from:?["'»]|\bfrom: ?(?:\(address\)|[\w.-]{1,80})? ?(?:is |does |has )(?:not |no |invalid|unknown)`,
    String.raw`(?<!\p{L})(?:feld|kopfzeile|champ|en-?t[eê]te|campo|cabecera|encabezado|intestazione|cabe[cç]alho|veld|pol[eu]|nagłówk\p{L}{0,2}|заголов\p{L}{1,4}|пол[ея]|hlavičk\p{L}{1,2}) ["'«„]?(?:from|von|de|da|van|od|от)(?!\p{L})`,
    String.raw`\b(?:your|sending|originating|origin|author'?s?|sender'?s?|senders|envelope|return|reply|bounce|from) (?:e-?mail |mail )?(?:domain|account|host(?: ?name)?)\b|\b(?:return|reply|bounce|author|origin) address\b|\b(?:of|for) your (?:e-?mail )?address\b|\byour (?:e-?mail )?address (?:does(?: not|n't) exist|is (?:unknown|invalid|not (?:known|found|valid)))|\bdomain of \(address\)|\b(?:domain|account|address|host) (?:of|in|for) (?:the |your )?(?:sender|envelope|mail from|return-?path|from)\b|\b(?:domain|host)\b[^.;!?]{0,20}\byou(?: are|'re)? (?:send|mail|writ)ing from\b|\bclaim(?:s|ed|ing)? to be\b|\bfrom (?:an? )?(?:unknown|invalid|bad|non-?existent|unresolvable|unregistered) (?:domain|host|address|user)\b`,
    String.raw`(?<!\p{L})absender-?(?:dom|adress|konto|mail)\p{L}{0,10}|(?<!\p{L})(?:domaine?|dominio|dom[ií]nio|домен|domena|doména|domein|compte|cuenta|adresse|adres) (?:de |del |du |da |do |della |dell'|van de |van |d')?(?:l')?(?:exp[ée]diteur|[ée]metteur|remitente|mittente|remetente|afzender|nadawcy|odes[ií]latele|отправителя)`,
    String.raw`(?:送信者|送信元|差出人|发件人|發件人|寄件人|发件|发信)(?:的|の)?(?:域|ドメイン|邮箱|地址|アドレス|帐户)|(?:보낸|발신)(?: ?사람|자)`,
  ].join('|'),
  'u',
);

const PERHAPS = new RegExp(
  [
    String.raw`\b(?:domain|host|account|sender|dns|name)s?\b[^.;!?]{0,30}\b(?:may|might|could|perhaps|possibly|probably|seems?)\b[^.;!?]{0,12}\b(?:not|n't|no longer|non-?existent|invalid|bad)\b`,
    String.raw`(?<!\p{L})(?:dom[äa]i?ne?|dominio|dom[ií]nio|домен|domena|doména|domein|konto|compte|cuenta|conta)(?!\p{L})[^.;!?]{0,30}(?:m(?:ö|oe)glicherweise|vielleicht|peut-[eê]tre|podr[ií]a no|puede (?:que )?no|quiz[aá]s?|tal vez|potrebbe non|forse|pode n[aã]o|talvez|mogelijk|misschien|może nie|być może|может не|возможно|možná)`,
    String.raw`(?:peut-[eê]tre|m(?:ö|oe)glicherweise|vielleicht|quiz[aá]s?|talvez|forse|misschien|возможно|možná|być może)[^.;!?]{0,20}(?:dom|дом|konto|compte|cuenta)|(?:域名|ドメイン)[^。]{0,6}可能`,
  ].join('|'),
  'u',
);

/**
 * Of a text as reply-text.ts gives it. `quoted`: a server on the way says it. In a report's own words "may not exist" is
 * about the recipient: this side wrote them.
 */
export function isSenderCheck(text: string, quoted: boolean): boolean {
  if (OF_THE_SENDER.test(text) || (quoted && PERHAPS.test(text))) return true;
  return CHECK_FAILED.test(text) && !RECIPIENT_CHECK.test(text);
}
