/** `npm run docs:errors [-- --check]`: writes docs/errors.md from the table in src/core/errors.ts, or says that it differs. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT, say, stop, underRightNode } from './bootstrap.mjs'

await underRightNode()
const { ERRORS } = await import('../src/core/errors.ts')
const path = join(ROOT, 'docs/errors.md')
const text = render(ERRORS)
const current = existsSync(path) ? readFileSync(path, 'utf8') : ''
if (process.argv.includes('--check')) {
  if (current !== text) stop('docs/errors.md differs from src/core/errors.ts; run: npm run docs:errors')
} else {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  say(`docs/errors.md: ${Object.keys(ERRORS).length} codes`)
}

function render(errors) {
  const rows = Object.entries(errors)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { message, detail, hint }]) =>
      [`## ${code}`, '', `\`${message}\``, '', `- **Why:** ${detail}`, `- **Next step:** ${hint}`, ''].join(
        '\n',
      ),
    )
  const head = [
    '# Errors',
    '',
    'Every error dbmedic can state, by code. Braces name the values an occurrence fills in. Made from',
    '`src/core/errors.ts` by `npm run docs:errors`; a code is never reused.',
    '',
  ]
  return `${head.join('\n')}\n${rows.join('\n')}`
}
