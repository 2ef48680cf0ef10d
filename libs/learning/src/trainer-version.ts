/** Goes up when the same plan, data and seed give other bytes. It stands in the model file and guards training checkpoints. */
export const TRAINER_VERSION = '1.1.0';
