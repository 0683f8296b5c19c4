/**
 * The file of a language model with random weights, about 0.3 MB: enough for a server to load, read a prompt,
 * follow a grammar and be slow or quick, and nothing that could be called understanding.
 * Format: GGUF 3, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, architecture `llama`.
 */
import { writeFileSync } from 'node:fs'

/** Tokens the model can read and write at once. */
export const CONTEXT_TOKENS = 32_768

const WIDTH = 64
const HEADS = 4
const HIDDEN = 128
const ALIGNMENT = 32
/** What a leaning of 1 adds to a token's score; the weights' noise spreads the scores by about as much. */
const LEANING = 12

/** Types of metadata: the format's numbers. */
const UINT32 = 4
const INT32 = 5
const FLOAT32 = 6
const BOOL = 7
const STRING = 8
const ARRAY = 9

/** What tokens are to the tokenizer: the format's numbers. */
const UNKNOWN = 2
const CONTROL = 3
const BYTE = 6

/** Three that every vocabulary of this kind begins with, then every byte. */
const SPECIAL = ['<unk>', '<s>', '</s>']
const TOKENS: readonly string[] = [
  ...SPECIAL,
  ...Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
]

/** One matrix or vector: its name, its extents (fastest first) and its values. */
interface Tensor {
  readonly name: string
  readonly extents: readonly number[]
  readonly values: Float32Array
}

/** Writes the model. The same seed gives the same bytes. */
export function writeRandomModel(path: string, seed: number): void {
  const tensors = tensorsOf(randomFrom(seed))
  const metadata = metadataOf()
  const infos: Buffer[] = []
  let offset = 0
  for (const { name, extents, values } of tensors) {
    infos.push(text(name), uint32(extents.length), ...extents.map(uint64), uint32(0), uint64(offset))
    offset += padded(values.byteLength)
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(3),
    uint64(tensors.length),
    uint64(metadata.length),
    ...metadata,
    ...infos,
  ])
  const body = tensors.map(({ values }) => withPadding(Buffer.from(values.buffer)))
  writeFileSync(path, Buffer.concat([withPadding(head), ...body]))
}

/** One block of the architecture, named and shaped as its readers expect. */
function tensorsOf(random: () => number): readonly Tensor[] {
  const matrix = (name: string, columns: number, rows: number): Tensor => ({
    name: `${name}.weight`,
    extents: [columns, rows],
    values: Float32Array.from({ length: columns * rows }, () => random() * 0.3),
  })
  const ones = (name: string): Tensor => ({
    name: `${name}.weight`,
    extents: [WIDTH],
    values: new Float32Array(WIDTH).fill(1),
  })
  const read = matrix('token_embd', WIDTH, TOKENS.length)
  const write = matrix('output', WIDTH, TOKENS.length)
  const attended = matrix('blk.0.attn_output', WIDTH, WIDTH)
  const thought = matrix('blk.0.ffn_down', HIDDEN, WIDTH)
  // The first of the dimensions is the same for every token read and stays it, so its weight is a plain preference
  // in writing.
  for (const [token] of TOKENS.entries()) {
    read.values[token * WIDTH] = 1
    write.values[token * WIDTH] = leaning(token) * LEANING
  }
  attended.values.fill(0, 0, WIDTH)
  thought.values.fill(0, 0, HIDDEN)
  return [
    read,
    write,
    ones('output_norm'),
    ones('blk.0.attn_norm'),
    ...['q', 'k', 'v'].map((part) => matrix(`blk.0.attn_${part}`, WIDTH, WIDTH)),
    attended,
    ones('blk.0.ffn_norm'),
    matrix('blk.0.ffn_gate', WIDTH, HIDDEN),
    matrix('blk.0.ffn_up', WIDTH, HIDDEN),
    thought,
  ]
}

/** Printable ASCII rather than anything else (a random order of bytes is no text), and rather closing than going on. */
function leaning(token: number): number {
  const byte = token - SPECIAL.length
  if (byte < 0x20 || byte > 0x7e) return -1
  return '"}]'.includes(String.fromCharCode(byte)) ? 0.5 : 0
}

function metadataOf(): readonly Buffer[] {
  const kinds = TOKENS.map((_, token) => {
    if (token === 0) return UNKNOWN
    return token < SPECIAL.length ? CONTROL : BYTE
  })
  return [
    member('general.architecture', STRING, text('llama')),
    member('general.name', STRING, text('random weights')),
    member('llama.context_length', UINT32, uint32(CONTEXT_TOKENS)),
    member('llama.embedding_length', UINT32, uint32(WIDTH)),
    member('llama.block_count', UINT32, uint32(1)),
    member('llama.feed_forward_length', UINT32, uint32(HIDDEN)),
    member('llama.attention.head_count', UINT32, uint32(HEADS)),
    member('llama.attention.layer_norm_rms_epsilon', FLOAT32, float32(1e-5)),
    member('llama.rope.dimension_count', UINT32, uint32(WIDTH / HEADS)),
    member('llama.vocab_size', UINT32, uint32(TOKENS.length)),
    member('tokenizer.ggml.model', STRING, text('llama')),
    member('tokenizer.ggml.tokens', ARRAY, list(STRING, TOKENS.map(text))),
    member(
      'tokenizer.ggml.scores',
      ARRAY,
      list(
        FLOAT32,
        TOKENS.map(() => float32(0)),
      ),
    ),
    member('tokenizer.ggml.token_type', ARRAY, list(INT32, kinds.map(uint32))),
    member('tokenizer.ggml.unknown_token_id', UINT32, uint32(0)),
    member('tokenizer.ggml.bos_token_id', UINT32, uint32(1)),
    member('tokenizer.ggml.eos_token_id', UINT32, uint32(2)),
    member('tokenizer.ggml.add_space_prefix', BOOL, Buffer.from([0])),
  ]
}

/** Numbers in [-1, 1), the same for the same seed: https://doi.org/10.1090/S0025-5718-99-00996-5 (modulus 2^32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state / 2 ** 32) * 2 - 1
  }
}

const member = (name: string, kind: number, value: Buffer): Buffer =>
  Buffer.concat([text(name), uint32(kind), value])
const list = (kind: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([uint32(kind), uint64(items.length), ...items])

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint64(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
const withPadding = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)])
