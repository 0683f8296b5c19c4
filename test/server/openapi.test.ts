/** The committed description of the API is what the schemas give, and it is a description people can use. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openapiText } from '../../src/server/write-openapi.ts'

const text = await openapiText()

test('docs/openapi.json is made from the schemas that validate', () => {
  const committed = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')
  assert.equal(committed, text, 'run: node src/server/write-openapi.ts')
})

interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, unknown> }
}
interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly responses: Record<string, { readonly description?: string }>
}

test('it is OpenAPI 3.1, every operation says what it is for and which problems it states', () => {
  const document = JSON.parse(text) as Document
  assert.equal(document.openapi, '3.1.0')
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method} ${path}`
      assert.ok((operation.summary ?? '').length > 10, name)
      assert.equal(operation.tags?.length, 1, name)
      for (const status of ['429', '500', '503']) assert.ok(operation.responses[status], `${name} ${status}`)
    }
  }
})

test('every reference leads to a named schema, and what is sent twice is named once', () => {
  const { components } = JSON.parse(text) as Document
  const references = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '')
  assert.deepEqual(
    references.filter((name) => components.schemas[name] === undefined),
    [],
  )
  for (const name of ['Issue', 'Decision', 'Binding', 'Execution', 'Problem', 'Dashboard', 'Story'])
    assert.ok(components.schemas[name], name)
  assert.doesNotMatch(text, /"readOnly"|__SCHEMA__/)
})
