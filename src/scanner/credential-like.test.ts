import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { looksLikeCredential } from './credential-like.ts'
import { changeOf, fixesByFile } from './patches.ts'

test('a literal under such a name, a password in an address, and documented forms look like a credential', () => {
  for (const line of [
    "const password = 'hunter22'",
    '  "db_password": "s3cretValue",',
    'apiKey: `0123456789abcdef`,',
    'const db = connect("mysql://shop:pa55@db.internal/shop")',
    `const k = '${'AKIA'}${'A'.repeat(16)}'`,
    `const t = "${'ghp'}_${'a'.repeat(36)}"`,
    `${'-----BEGIN'} RSA PRIVATE KEY-----`,
  ])
    assert.equal(looksLikeCredential(line), true, line)
})

test('names, placeholders, interpolations and values from elsewhere do not', () => {
  for (const line of [
    'const { password } = req.body',
    "db.query(`SELECT id FROM users WHERE password = '${hash}'`)",
    "db.query('SELECT id FROM users WHERE token = ?', [token])",
    'password: process.env.DB_PASSWORD,',
    "{ password: 'a password is required' }",
    "fetch('https://example.org:8080/a@b')",
  ])
    assert.equal(looksLikeCredential(line), false, line)
})

const root = mkdtempSync(join(tmpdir(), 'dbmedic-credential-'))
after(() => rmSync(root, { recursive: true }))

test('a change whose diff would show one, also as context, is not made, and its reason does not repeat it', async () => {
  const at = (lines: number): string =>
    [
      "import mysql from 'mysql2/promise'",
      "const db = mysql.createPool({ password: 'hunter22' })",
      ...Array.from({ length: lines }, () => '// nothing'),
      "export const one = (req) => db.query(`SELECT id FROM users WHERE name = '${req.query.a}'`)",
      '',
    ].join('\n')
  writeFileSync(join(root, 'package.json'), '{"dependencies":{"mysql2":"*"}}')
  for (const [lines, isMade] of [
    [2, false],
    [3, true],
  ] as const) {
    writeFileSync(join(root, 'a.js'), at(lines))
    const [found] = await fixesByFile(root)
    const made = await changeOf(root, 'a.js', found?.fixes ?? [])
    assert.equal('diff' in made, isMade, JSON.stringify(made))
    if (!('because' in made)) continue
    assert.match(made.because, /looks like a credential/)
    assert.doesNotMatch(made.because, /hunter22/)
  }
})
