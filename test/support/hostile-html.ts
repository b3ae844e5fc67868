/**
 * HTML that tries to run, to fetch, to navigate or to pass for a part of the page around it; by name. `target` is where it leads: a server of
 * the test's own. What ran leaves `postern_ran` in the window at the top.
 */
const mark = "window.top.postern_ran=1;document.title='ran'";

export const HOSTILE_HTML = hostileHtml('http://127.0.0.1:9');

export function hostileHtml(target: string): readonly (readonly [name: string, html: string])[] {
  return [
    ['script', `<script>${mark}</script><script src="${target}/script.js"></script>`],
    [
      'event handlers',
      `<img src=x onerror="${mark}"><body onload="${mark}"><details open ontoggle="${mark}">a</details>`,
    ],
    ['svg onload', `<svg onload="${mark}"><script>${mark}</script><image href="${target}/svg.png"/></svg>`],
    [
      'svg with use and animate',
      `<svg><use href="${target}/use.svg#a"/><a><animate attributeName=href to="javascript:${mark}"/></a></svg>`,
    ],
    ['meta refresh', `<meta http-equiv="refresh" content="0;url=${target}/refresh"><p>text</p>`],
    [
      'meta policy and charset',
      '<meta http-equiv="Content-Security-Policy" content="default-src *"><meta charset="utf-7">',
    ],
    ['base', `<base href="${target}/base/" target="_top"><a href="a">a</a><img src="b.png">`],
    [
      'form',
      `<form action="${target}/form" target="_top"><input name=password type=password autofocus onfocus="${mark}"><button formaction="${target}/b">Sign in</button></form>`,
    ],
    [
      'iframe',
      `<iframe src="${target}/frame"></iframe><iframe srcdoc="<script>parent.postern_ran=1</script>"></iframe>`,
    ],
    [
      'object and embed',
      `<object data="${target}/o"><embed src="${target}/e"></object><applet code="a"></applet>`,
    ],
    [
      'links that are fetched',
      `<link rel=stylesheet href="${target}/s.css"><link rel=prefetch href="${target}/p"><link rel=dns-prefetch href="//prefetch.invalid"><link rel=preconnect href="${target}"><link rel=icon href="${target}/i">`,
    ],
    [
      'css import and url',
      `<style>@import "${target}/i.css";@import url(${target}/u.css);@font-face{font-family:x;src:url(${target}/f.woff)}body{background:url(${target}/bg.png)}</style><p style="background:url('${target}/p.png');list-style-image:url(${target}/l.png)">a</p>`,
    ],
    [
      'css with escapes',
      String.raw`<style>body{background:\75 rl(${target}/esc.png)}@\69mport "${target}/esc.css";</style>`,
    ],
    ['style that ends early', `<style>a{}</sty</style><script>${mark}</script></style>`],
    [
      'javascript links',
      `<a href="javascript:${mark}">a</a><a href=" java&#10;script:${mark}">b</a><a href="vbscript:x">c</a><a href="data:text/html,<script>${mark}</script>">d</a>`,
    ],
    [
      'links elsewhere',
      `<a href="${target}/top" target=_top>top</a><a href="/ui/" target=_parent>parent</a><area href="${target}/area">`,
    ],
    [
      'ping and media',
      `<a ping="${target}/ping" href="#">a</a><video poster="${target}/v" src="${target}/m" autoplay></video><audio src="${target}/a"></audio>`,
    ],
    [
      'srcset and picture',
      `<picture><source srcset="${target}/s1"><img srcset="${target}/s2 2x" src="${target}/s3"></picture><input type=image src="${target}/s4">`,
    ],
    [
      'background attribute',
      `<table background="${target}/t"><tr><td background="${target}/td">a</td></tr></table>`,
    ],
    [
      'cid tricks',
      `<img src="cid:x&quot; onerror=&quot;${mark}"><img src="cid:../../ui/api/session"><img src="CID:javascript:${mark}">`,
    ],
    [
      'mXSS by math and style',
      `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${mark}&gt;">`,
    ],
    ['mXSS by noscript', `<noscript><p title="</noscript><img src=x onerror=${mark}>"></noscript>`],
    [
      'mXSS by form nesting',
      `<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=${mark} src>">`,
    ],
    [
      'mXSS by xmp and plaintext',
      `<xmp><p id="</xmp><img src=x onerror=${mark}>"></xmp><plaintext><script>${mark}</script>`,
    ],
    [
      'comments',
      `<!--><script>${mark}</script>--><!--[if IE]><script>${mark}</script><![endif]--><![CDATA[<script>${mark}</script>]]>`,
    ],
    ['UTF-7', '+ADw-script+AD4-window.top.postern_ran=1+ADw-/script+AD4-'],
    [
      'charset tricks',
      `<p>\u00ad\u2028\u0000<scr\u0000ipt>${mark}</scr\u0000ipt>\u202e</p><\u017fcript>${mark}</\u017fcript>`,
    ],
    [
      'attributes without quotes',
      `<p title=\`><script>${mark}</script>\`><a title="a" href='x' x="<script>">b</a><img alt=" &quot;><script>${mark}</script>" src=x>`,
    ],
    ['entities', `<img src=x onerror=&#119;indow.top.postern_ran=1>&lt;script&gt;${mark}&lt;/script&gt;`],
    ['template and slots', `<template shadowrootmode=open><script>${mark}</script><slot></slot></template>`],
    [
      'names over those of the page',
      '<a id=location name=top>a</a><img name=cookie><form name=document id=body></form>',
    ],
    ['unclosed', '<div><table><tr><td><style>p{color:red}'],
  ];
}
