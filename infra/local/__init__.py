"""The local cloud: the synthesized template on one machine, with moto as the AWS API and real Lambda sandboxes."""
