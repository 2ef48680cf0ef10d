// Finds the stable codes that the sources use: in `code: 'X'` and `reasonCode: 'X'`, in types named ...Code or ...Reason,
// and where an error, problem or refusal is made. A code about one field is written `X:${field}`.
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');
const { sourceFiles } = require('./built-modules.cjs');

const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|^[A-Z]{4,}$/;
const WITH_FIELD = /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+):/;
const MAKERS = /^(?:refuse|refusal|reject|unavailable|away)$|Error$|^Problem$/;
const CODE_TYPES = /(?:Error|Reason)Code$|^DecodeReason$/;
const PROPERTIES = new Set(['code', 'reasonCode', 'failure', 'rejection']);

/** @returns {Map<string, Set<string>>} code -> files that use it */
function codesInSources(root) {
  const { RESPONSE_STATUSES } = require('@millrace/contracts');
  const found = new Map();
  for (const file of sourceFiles(root)) {
    if (file.startsWith('libs/contracts/src/errors/')) continue;
    const text = fs.readFileSync(path.join(root, file), 'utf8');
    for (const code of codesIn(file, text, new Set(RESPONSE_STATUSES))) {
      found.set(code, (found.get(code) ?? new Set()).add(file));
    }
  }
  return found;
}

/** Pure, for specs. @param {ReadonlySet<string>} statuses words that look like codes and are none */
function codesIn(file, text, statuses) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const codes = new Set();
  const isCode = (node) => ts.isStringLiteralLike(node) && CODE.test(node.text) && !statuses.has(node.text);
  const literals = (node) => {
    if (ts.isConditionalExpression(node)) return [...literals(node.whenTrue), ...literals(node.whenFalse)];
    return ts.isBinaryExpression(node) ? [...literals(node.left), ...literals(node.right)] : [node];
  };
  const visit = (node) => {
    if (ts.isPropertyAssignment(node) && PROPERTIES.has(node.name.text)) {
      for (const literal of literals(node.initializer).filter(isCode)) codes.add(literal.text);
    } else if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && MAKERS.test(calleeOf(node))) {
      const code = node.arguments?.flatMap(literals).find(isCode);
      if (code) codes.add(code.text);
    } else if (
      ts.isCallExpression(node) &&
      calleeOf(node) === 'notFound' &&
      ts.isStringLiteralLike(node.arguments[0])
    ) {
      codes.add(`UNKNOWN_${node.arguments[0].text.toUpperCase()}`);
    } else if (ts.isVariableDeclaration(node) && /CODE/.test(node.name.text) && isTable(node.initializer)) {
      for (const { initializer } of node.initializer.properties)
        if (initializer && isCode(initializer)) codes.add(initializer.text);
    } else if (
      ts.isParameter(node) &&
      node.name.text === 'code' &&
      node.initializer &&
      ts.isStringLiteralLike(node.initializer)
    ) {
      codes.add(node.initializer.text);
    } else if (ts.isTypeAliasDeclaration(node) && CODE_TYPES.test(node.name.text) && ts.isUnionTypeNode(node.type)) {
      for (const { literal } of node.type.types.filter(ts.isLiteralTypeNode))
        if (isCode(literal)) codes.add(literal.text);
    } else if (ts.isTemplateExpression(node) && WITH_FIELD.test(node.head.text)) {
      codes.add(WITH_FIELD.exec(node.head.text)[1]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return codes;
}

const isTable = (node) => node !== undefined && ts.isObjectLiteralExpression(node);

/** `new UndecodableError(...)` -> UndecodableError, `this.refuse(...)` -> refuse. */
function calleeOf(node) {
  const { expression } = node;
  return ts.isPropertyAccessExpression(expression)
    ? expression.name.text
    : ts.isIdentifier(expression)
      ? expression.text
      : '';
}

module.exports = { codesIn, codesInSources };
