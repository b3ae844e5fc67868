/** Elements and attributes of HTML that only draw. Whatever is not listed is not written. */

/** Written as they are, with the attributes below. */
export const ELEMENTS: ReadonlySet<string> = new Set(
  (
    'a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em ' +
    'figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i ins kbd li main mark nav ol p pre q s samp section small span strike ' +
    'strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr'
  ).split(' '),
);

/** Without an end tag. */
export const VOID_ELEMENTS: ReadonlySet<string> = new Set(
  'area base basefont bgsound br col command embed frame hr image img input keygen link meta param source track wbr'.split(
    ' ',
  ),
);

/** Left out with all that they have: it is no text for people, or not read as HTML. */
export const DROPPED_WHOLE: ReadonlySet<string> = new Set(
  (
    'annotation-xml applet audio canvas datalist dialog frameset iframe math noembed noframes noscript object optgroup option ' +
    'plaintext portal script select selectedcontent style svg template textarea title video xmp'
  ).split(' '),
);

/** Of every element. None of them has an address, a name that others go by, or a script. */
export const ATTRIBUTES: ReadonlySet<string> = new Set(
  (
    'align alt bgcolor border bordercolor cellpadding cellspacing class color cols colspan dir face frame height hspace id lang ' +
    'nowrap role rowspan rules size span start style summary title type valign value vspace width'
  ).split(' '),
);
