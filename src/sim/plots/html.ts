/** A page that opens by itself: no script, nothing from elsewhere, and a policy that holds a browser to that. */
import { createHash } from "node:crypto";
import { markup, type Markup } from "./markup.ts";
import { style } from "./style.ts";

/** A page. @param body what it shows, below its title */
export function htmlPage(title: string, body: readonly Markup[]): string {
  const hash = createHash("sha256").update(style.text).digest("base64");
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text;
}
