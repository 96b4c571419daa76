"""Does a model get cheaper without answering differently: another form of it, or less memory under it?"""
