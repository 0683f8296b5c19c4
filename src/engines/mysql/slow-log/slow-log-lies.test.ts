import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BANNER, MYSQL_HEAD, mysql, parse, texts } from './slow-log-samples.ts'

describe('SlowLogParser is not deceived by', () => {
  const forged = `x;\n${mysql('select 2')}`

  test('entries inside a string, a quoted name or a comment', () => {
    for (const text of [
      `select '${forged}'`,
      `select "${forged}"`,
      `select \`${forged}\``,
      `select 1 /*${forged}*/`,
      `select 'it''s \\' ${forged}', 5`,
    ]) {
      const parsed = parse(mysql('select 0') + mysql(text) + mysql('select 3'))
      assert.deepEqual(texts(parsed), ['select 0', text, 'select 3'])
      assert.equal(parsed.malformed, 0)
      assert.deepEqual(texts(parse(mysql(text))), [text], 'as the last entry')
    }
  })

  test('a banner inside a string', () => {
    const text = `select 'a;\n${BANNER}'`
    assert.deepEqual(texts(parse(mysql(text) + mysql('select 3'))), [text, 'select 3'])
  })

  test('comment lines that look like a header but are none', () => {
    const text = 'select 1\n# Time: 071015 21:43:52\n, 2\n# User@Host: x\n, 3'
    assert.deepEqual(texts(parse(mysql(text) + mysql('select 3'))), [text, 'select 3'])
  })

  test('a quote that is never closed: the next entries are whole', () => {
    const open = `select * from t where a = 'C:\\\\x\\'`
    const log =
      mysql(open) +
      Array.from({ length: 30 }, (_, at) => mysql(`select ${at} from t where b = 'x${at}'`)).join('')
    const parsed = parse(log)
    assert.equal(parsed.events.length, 31)
    assert.equal(parsed.malformed, 0)
    assert.equal(parsed.events[7]?.text, "select 6 from t where b = 'x6'")
    const twice = parse(mysql("select 'abc") + mysql("select 'def") + mysql('select 3'))
    assert.deepEqual(texts(twice), ["select 'abc", "select 'def", 'select 3'])
  })

  test('a forged entry per line, more than it looks past', () => {
    const text = `select '${forged.repeat(12)}'`
    assert.deepEqual(texts(parse(mysql(text) + mysql('select 3'))), [text, 'select 3'])
  })
})

describe('SlowLogParser counts as malformed and never hands out', () => {
  const bad = (log: string): [number, string[]] => {
    const parsed = parse(mysql('select 0') + log + mysql('select 9'))
    return [parsed.malformed, texts(parsed)]
  }
  const good = ['select 0', 'select 9']

  test('an entry without a statement', () => {
    assert.deepEqual(bad(`${MYSQL_HEAD}SET timestamp=1;\n`), [1, good])
    assert.deepEqual(bad(MYSQL_HEAD), [1, good])
    assert.deepEqual(bad(`${MYSQL_HEAD}SET timestamp=1;\n;\n`), [1, good])
  })

  test('an entry without its end', () => {
    assert.deepEqual(bad(`${MYSQL_HEAD}SET timestamp=1;\nselect 1 from\n`), [1, good])
  })

  test('impossible numbers', () => {
    for (const value of ['18446744073709.550781', '-1', 'abc', '', '1.2.3', '.', '1e5'])
      assert.deepEqual(
        bad(mysql('select 5').replace('Query_time: 0.000697', `Query_time: ${value}`)),
        [1, good],
        value,
      )
  })

  test('an entry without its numbers', () => {
    assert.deepEqual(bad(mysql('select 5').replace(/# Query_time.*\n/, '')), [1, good])
  })

  test('the last entry when it was cut, but not when only the last line break is missing', () => {
    const log = mysql('select 0') + mysql("select 'a'")
    for (let cut = mysql('select 0').length + 1; cut < log.length - 1; cut++) {
      const parsed = parse(log.slice(0, cut))
      assert.deepEqual([parsed.malformed, texts(parsed)], [1, ['select 0']], log.slice(0, cut))
    }
    assert.deepEqual(texts(parse(log.slice(0, -1))), ['select 0', "select 'a'"])
  })

  test('junk between entries, once', () => {
    assert.deepEqual(bad(`${BANNER}\0\u0001junk\nmore junk\n\n`), [1, good])
  })

  test('nothing of what stands before the first entry', () => {
    const parsed = parse(`rest of a statement;\nmore;\n${mysql('select 1')}`)
    assert.deepEqual([parsed.malformed, texts(parsed)], [0, ['select 1']])
  })
})
