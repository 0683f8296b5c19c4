import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ModelDouble, ollamaReply, startModelDouble } from '../../test/support/model-double.ts'
import type { LogLine } from '../core/log.ts'
import { parseConfig } from './config/load.ts'
import { configuredModel } from './configured-model.ts'

let double: ModelDouble
before(async () => {
  double = await startModelDouble()
})
after(() => double.close())

const config = (lines: readonly string[]) =>
  parseConfig(['model:', ...lines.map((line) => `  ${line}`)].join('\n'), 'dbmedic.yaml')
const quiet = (): void => undefined

test('no section and kind none name no model', () => {
  assert.equal(configuredModel(parseConfig('{}', 'f'), quiet), null)
  assert.equal(configuredModel(config(['kind: none', 'model: small']), quiet), null)
})

test('a model is named by its kind and name, on this machine unless told otherwise', () => {
  const model = configuredModel(config(['kind: ollama', 'model: qwen3:4b']), quiet)
  assert.equal(model?.name, 'ollama:qwen3:4b')
  assert.equal(model?.mostMs, 20_000)
})

test('mistakes are named with their place', () => {
  const cases: readonly [readonly string[], RegExp][] = [
    [['kind: ollama'], /:1:1: model\.model: kind ollama needs the name of a model/],
    [['kind: openai'], /:2:3: model\.kind/],
    [['kind: ollama', 'model: m', 'baseURL: http://127.0.0.1'], /:4:3: unknown key “baseURL”/],
    [['kind: ollama', 'model: m', 'baseUrl: file:///etc/passwd'], /:4:3: model\.baseUrl/],
    [['kind: ollama', 'model: m', 'baseUrl: http://me:pw@127.0.0.1'], /:4:3: model\.baseUrl: without user/],
    [
      ['kind: ollama', 'model: m', 'baseUrl: http://10.0.0.9:11434'],
      /:4:3: model\.baseUrl: http:\/\/ to another/,
    ],
    [
      ['kind: ollama', 'model: m', 'baseUrl: http://127.0.0.1.evil.test'],
      /:4:3: model\.baseUrl: http:\/\/ to/,
    ],
    [['kind: ollama', 'model: m', 'apiKey: sk-plain'], /:4:3: model\.apiKey: must be env:NAME/],
  ]
  for (const [lines, expected] of cases) assert.throws(() => config(lines), expected, lines.join(' '))
})

test('another machine is spoken to over https, or over http where that is said', () => {
  const lines = ['kind: ollama', 'model: m']
  config([...lines, 'baseUrl: https://models.example.com'])
  config([...lines, 'baseUrl: http://10.0.0.9:11434', 'plainHttp: true'])
})

test('a key that is not to be had stops the start and names its reference only', () => {
  const given = config(['kind: ollama', 'model: m', 'apiKey: env:DBMEDIC_TEST_NO_SUCH_KEY'])
  assert.throws(() => configuredModel(given, quiet), /env:DBMEDIC_TEST_NO_SUCH_KEY/)
})

test('printBytes logs every byte sent and received, and never the key', async () => {
  process.env.DBMEDIC_TEST_MODEL_KEY = 'sk-test-secret'
  const lines: LogLine[] = []
  const given = config([
    'kind: ollama',
    'model: m',
    `baseUrl: ${double.url}`,
    'apiKey: env:DBMEDIC_TEST_MODEL_KEY',
    'printBytes: true',
  ])
  double.script(ollamaReply('{}'))
  await configuredModel(given, (line) => lines.push(line))?.propose(
    { instruction: 'i', data: '{}' },
    { name: 'x', schema: {}, read: (value) => ({ answer: value }) },
    new AbortController().signal,
  )
  delete process.env.DBMEDIC_TEST_MODEL_KEY
  assert.equal(double.requests[0]?.headers.authorization, 'Bearer sk-test-secret')
  assert.deepEqual(
    lines.map((line) => line.message),
    ['bytes sent', 'bytes received'],
  )
  assert.equal(lines[0]?.text, double.requests[0]?.body)
  assert.ok(!JSON.stringify(lines).includes('sk-test-secret'))
})
