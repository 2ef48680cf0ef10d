import type { CardField, ModelCard } from './model-card';

const TITLES: Readonly<Record<CardField, string>> = {
  version: 'Version',
  risk: 'Risk and purpose',
  notice: 'Transparency notice',
  plan: 'Training plan',
  training: 'Results and limitations',
  data: 'Training data',
  provenance: 'Provenance',
  verdict: 'Verdict on the data',
  approval: 'Approval',
  release: 'Release',
};

/** Markdown in which every sentence names the topic, partition and offset that it rests on. */
export function writeMarkdown({ model, version, fields }: ModelCard): string {
  const sections = fields.map(({ field, sentences, missing }) => {
    const body =
      missing === null
        ? sentences.map(
            ({ text, topic, partition, offset }) =>
              `- ${inline(text)} (\`${topic}\`, partition ${partition}, offset ${offset})`,
          )
        : [`**missing**: ${inline(missing)}`];
    return `## ${TITLES[field]}\n\n${body.join('\n')}`;
  });
  return `# Model card of ${model}:${version}\n\n${sections.join('\n\n')}\n`;
}

/** What people wrote stays within its line, and makes no markup. */
const inline = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>#|]/g, '\\$&');
