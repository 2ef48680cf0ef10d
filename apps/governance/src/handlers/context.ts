import { contextOf as contextIn } from '@millrace/messaging';

export const contextOf = contextIn('governance');
