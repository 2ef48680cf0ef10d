import { contextOf as contextOfService } from '@millrace/messaging';

export const contextOf = contextOfService('monitoring');
