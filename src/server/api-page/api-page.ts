/**
 * The description of the API as a page for people: written here from the document alone, without script, so that it
 * works where the panel is not built, under the strictest content-security policy and without a network.
 */
import type { ShownContent, ShownDocument, ShownOperation, ShownSchema } from './api-document.ts'
import { anchorOf, code, escaped } from './html.ts'
import { namesIn, remarksOf, typeOf, valueHtml } from './schema-html.ts'

/** Where the style of the page is served. */
export const STYLE_ADDRESS = '/api/reference.css'

const METHODS = ['get', 'post', 'put', 'delete', 'patch'] as const

interface Place {
  readonly method: string
  readonly path: string
  readonly operation: ShownOperation
}

/** The page. */
export function apiPage(document: ShownDocument): string {
  const places = placesOf(document)
  const byTag = [...Map.groupBy(places, ({ operation }) => operation.tags?.[0] ?? 'others')]
  const { title, version, description = '' } = document.info
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} ${escaped(version)}: the HTTP API</title>
<link rel="stylesheet" href="${STYLE_ADDRESS}">
</head>
<body>
<header>
<h1>${escaped(title)} ${escaped(version)}: the HTTP API</h1>
<p>${escaped(description)}</p>
<p>For programs: <a href="/api/openapi.json">/api/openapi.json</a>. ${places.length} operations.</p>
</header>
<nav aria-label="Operations">
${byTag.map(([tag, of]) => `<h2>${escaped(tag)}</h2><ul>${of.map(entryOf).join('')}</ul>`).join('\n')}
</nav>
<main>
${byTag.map(([tag, of]) => `<section><h2>${escaped(tag)}</h2>${of.map(operationOf).join('\n')}</section>`).join('\n')}
<section><h2>schemas</h2>
${schemasOf(document).map(schemaOf).join('\n')}
</section>
</main>
</body>
</html>
`
}

function placesOf({ paths = {} }: ShownDocument): readonly Place[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method]
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, operation }]
    }),
  )
}

const placeAnchor = ({ method, path }: Place): string => anchorOf('operation', `${method} ${path}`)

const entryOf = (place: Place): string =>
  `<li><a href="#${placeAnchor(place)}">${escaped(`${place.method} ${place.path}`)}</a></li>`

function operationOf(place: Place): string {
  const { method, path, operation } = place
  const right = operation['x-right'] ?? 'none stated'
  return `<article id="${placeAnchor(place)}">
<h3>${code(`${method} ${path}`)}</h3>
<p>${escaped(operation.summary ?? '')}. Right: ${code(right)}.</p>
${parametersOf(operation)}${bodyOf('What is sent', operation.requestBody?.content)}${answersOf(operation)}
</article>`
}

function parametersOf({ parameters = [] }: ShownOperation): string {
  if (parameters.length === 0) return ''
  const items = parameters.map(
    ({ name, in: where, required = false, description, schema = {} }) =>
      `<li>${code(name)} in ${escaped(where)}${required ? '' : ' <i>optional</i>'}: ${typeOf(schema)}${remarksOf({ ...schema, ...(description === undefined ? {} : { description }) })}</li>`,
  )
  return `<h4>Parameters</h4><ul>${items.join('')}</ul>\n`
}

function bodyOf(heading: string, content: ShownContent | undefined): string {
  const [first] = Object.entries(content ?? {})
  if (first === undefined) return ''
  const [type, { schema = {} }] = first
  return `<h4>${escaped(heading)}</h4><p>${code(type)}</p>${valueHtml(schema)}\n`
}

/** What it gives, whole; the problems it may state, each on a line: they all have the same members. */
function answersOf({ responses = {} }: ShownOperation): string {
  const all = Object.entries(responses)
  const given = all.filter(([status]) => status < '400')
  const problems = all.filter(([status]) => status >= '400')
  const answers = given.map(([status, { description = '', content }]) =>
    content === undefined
      ? `<h4>Answer ${escaped(status)}</h4><p>${escaped(description)}</p>`
      : bodyOf(`Answer ${status}`, content),
  )
  const lines = problems.map(
    ([status, { description = '' }]) => `<li>${code(status)} ${escaped(description)}</li>`,
  )
  return `${answers.join('')}${lines.length === 0 ? '' : `<h4>Problems</h4><ul>${lines.join('')}</ul>`}`
}

/** Schemas that operations name, and those that they name. */
function schemasOf({ paths, components }: ShownDocument): readonly (readonly [string, ShownSchema])[] {
  const schemas = components?.schemas ?? {}
  const reached = new Set(namesIn(paths))
  for (const name of reached) for (const next of namesIn(schemas[name])) reached.add(next)
  return Object.entries(schemas).filter(([name]) => reached.has(name))
}

const schemaOf = ([name, schema]: readonly [string, ShownSchema]): string =>
  `<article id="${anchorOf('schema', name)}"><h3>${escaped(name)}</h3>${valueHtml(schema)}</article>`
