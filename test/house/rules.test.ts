/** The catalogue of code rules: each in the file of its id, with cases and a page, and the page's examples are true. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { CODE_RULES, SEVERITIES } from '../../src/rules/index.ts'
import { findingsOf } from '../support/scan-code.ts'

const ROOT = join(import.meta.dirname, '../..')
const HEADINGS = ['What it finds', 'Why', 'When not to use it', 'Examples']
/** Files of the folder that are no rule. */
const SEAM = new Set([
  'index.ts',
  'rule.ts',
  'code-schema.ts',
  'source-statement.ts',
  'resolve-column.ts',
  'meetings.ts',
  'unit-of-work.ts',
  'table-size.ts',
  'locked-rows.ts',
])

const stem = (id: string): string => id.toLowerCase().replaceAll('_', '-')
const page = (id: string): string => readFileSync(join(ROOT, 'docs/rules', `${stem(id)}.md`), 'utf8')

describe('the catalogue of rules', () => {
  const ids = CODE_RULES.map((rule) => rule.id)

  test('lists every rule once, and every file of the folder that is one', () => {
    assert.equal(new Set(ids).size, ids.length)
    const files = readdirSync(join(ROOT, 'src/rules')).filter((f) => !f.endsWith('.test.ts') && !SEAM.has(f))
    assert.deepEqual(files.sort(), ids.map((id) => `${stem(id)}.ts`).sort())
  })

  test('has a page for every rule, and no other page', () => {
    assert.deepEqual(readdirSync(join(ROOT, 'docs/rules')).sort(), ids.map((id) => `${stem(id)}.md`).sort())
  })

  for (const rule of CODE_RULES) {
    describe(rule.id, () => {
      test('has a table of cases with both kinds', () => {
        const file = join(ROOT, 'src/rules', `${stem(rule.id)}.test.ts`)
        assert.ok(existsSync(file))
        const text = readFileSync(file, 'utf8')
        assert.match(text, new RegExp(`ruleCases\\('${rule.id}'`))
        assert.match(text, /lines: \[\]/, 'no case in which the rule is silent')
        assert.match(text, /lines: \[\d/, 'no case in which the rule speaks')
      })

      test('has a page with its title and every section', () => {
        const text = page(rule.id)
        assert.equal(text.split('\n')[0], `# ${rule.title} (\`${rule.id}\`)`)
        assert.deepEqual(
          [...text.matchAll(/^## (.*)$/gm)].map((m) => m[1]),
          HEADINGS,
        )
        for (const part of text.split(/^## .*$/m).slice(1))
          assert.ok(part.trim().length > 0, 'an empty section')
        assert.ok(SEVERITIES.includes(rule.severity))
      })

      test('finds what its page calls wrong, and nothing in what it calls right', async () => {
        const text = page(rule.id)
        const schema = /^```sql schema\n([\s\S]*?)^```$/m.exec(text)?.[1]
        const examples = [
          ...text.matchAll(/^```(js|ts) (wrong|right)(?: (\S+))?(?: (\S+))?\n([\s\S]*?)^```$/gm),
        ]
        assert.ok(examples.some((m) => m[2] === 'wrong') && examples.some((m) => m[2] === 'right'))
        for (const [, , kind, driver = 'mysql2', file, code = ''] of examples) {
          const importing = `import db from '${driver}'\nexport async function example(req, res) {\n${code}}\n`
          const found = await findingsOf(rule.id, {
            claim: '',
            code: file === undefined ? importing : { [file]: importing },
            lines: [],
            driver,
            ...(schema === undefined ? {} : { schema }),
          })
          assert.equal(
            found.length > 0,
            kind === 'wrong',
            `${kind}:\n${code}\n${found.map((f) => f.text).join('\n')}`,
          )
        }
      })
    })
  }
})
