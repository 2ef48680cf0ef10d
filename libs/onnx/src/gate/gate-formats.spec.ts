import { reasonOf, reluModel } from '../testing/sample-models';
import { gateModel } from './gate-model';

describe('onnx > gateModel > refuses other formats by their content', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'an empty file'],
    ['a pickle of protocol 4', Buffer.from('\x80\x04\x95\x10\x00', 'latin1'), 'Python pickle'],
    ['a pickle of protocol 0', Buffer.from('cos\nsystem\n(S"id"\ntR.'), 'protocol 0'],
    ['a pickle of protocol 0 behind a mark', Buffer.from('(cbuiltins\neval\n'), 'protocol 0'],
    ['an older PyTorch file', Buffer.from('\x80\x02\x8a\x0al\xfc\x9cF', 'latin1'), 'PyTorch'],
    ['a zip archive', Buffer.from('PK\x03\x04\x14\x00'), 'zip archive'],
    ['HDF5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), 'HDF5'],
    [
      'safetensors',
      Buffer.concat([Buffer.from([64, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"__metadata__":{}}')]),
      'safetensors',
    ],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'gzip'],
    ['TensorFlow Lite', Buffer.from('\x1c\x00\x00\x00TFL3'), 'TensorFlow Lite'],
    ['ORT format', Buffer.from('\x20\x00\x00\x00ORTM'), 'ORT-format'],
    ['GGUF', Buffer.from('GGUF\x03\x00'), 'GGUF'],
    ['a tar archive', Buffer.concat([Buffer.alloc(257, 'a'), Buffer.from('ustar')]), 'tar'],
    ['an XGBoost JSON model', Buffer.from('{"learner":{}}'), 'JSON'],
    ['a LightGBM text model', Buffer.from('tree\nversion=v4\n'), 'LightGBM'],
    ['PMML', Buffer.from('<?xml version="1.0"?><PMML/>'), 'XML'],
    ['an executable', Buffer.from('\x7fELF\x02\x01'), 'executable'],
    ['a script', Buffer.from('#!/bin/sh\n'), 'script'],
  ])('%s', (_, bytes, words) => {
    const verdict = gateModel(bytes);
    expect(verdict).toMatchObject({ accepted: false, reasonCode: 'NOT_ONNX' });
    expect(!verdict.accepted && verdict.reason).toContain(words);
  });
  it('text that is nothing of these', () => {
    expect(reasonOf(Buffer.from('root:x:0:0:root'))).toBe('MALFORMED');
  });
  it('a zip archive behind a model', () => {
    expect(reasonOf(Buffer.concat([reluModel(), Buffer.from('PK\x03\x04')]))).toBe('MALFORMED');
  });
});
