from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        from complaints.signals import case_ended
        from tickets.services.withdrawing import withdraw_open

        case_ended.connect(withdraw_open, dispatch_uid="tickets of a case that ends")
