import assert from 'node:assert/strict'
import { test } from 'node:test'
import { largestValue } from './auto-increment.ts'

const LARGEST: readonly (readonly [string, number | null])[] = [
  ['tinyint(4)', 127],
  ['tinyint unsigned', 255],
  ['smallint(6)', 32_767],
  ['mediumint unsigned', 16_777_215],
  ['int', 2_147_483_647],
  ['INT(10) UNSIGNED', 4_294_967_295],
  ['bigint(20)', 2 ** 63 - 1],
  ['bigint unsigned', 2 ** 64 - 1],
  ['double', 2 ** 53],
  ['varchar(10)', null],
  ['', null],
]

for (const [type, largest] of LARGEST) {
  test(`the largest value of '${type}' is ${largest}`, () => assert.equal(largestValue(type), largest))
}
