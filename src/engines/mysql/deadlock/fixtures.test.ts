import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { deadlocksJson } from './index.ts'

const folder = new URL('fixtures/', import.meta.url)
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => file.slice(0, -'.txt'.length))

describe('reports of each version and of each trouble', () => {
  test('there are at least 40', () => assert.ok(names.length >= 40, `${names.length}`))

  for (const name of names) {
    test(`${name} reads as its expectation says`, async () => {
      const text = readFileSync(new URL(`${name}.txt`, folder))
      const expected: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
      assert.deepEqual(await deadlocksJson([text]), expected)
    })
  }
})
